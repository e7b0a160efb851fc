package main

import (
	"errors"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	client "interop/target/compatclient"
	compaterror "interop/target/compaterror"
	v1 "interop/target/v1"
)

// withoutQuorum kills two of three, and asks the third in every way.
func withoutQuorum(ctx ctx, nodes *nodes) error {
	conn := nodes.dial(1)
	defer conn.Close()
	compat, store := client.NewRaftClientServiceClient(conn), v1.NewKeyValueClient(conn)
	if _, err := store.Put(ctx, &v1.PutRequest{Key: []byte("quorum"), Value: []byte("before")}); err != nil {
		return err
	}
	if err := errors.Join(nodes.kill(2), nodes.kill(3)); err != nil {
		return err
	}
	health := grpc_health_v1.NewHealthClient(conn)
	become := func(status grpc_health_v1.HealthCheckResponse_ServingStatus) error {
		return eventually(func() error {
			answer, err := health.Check(ctx, &grpc_health_v1.HealthCheckRequest{})
			return all(err, equal("health", answer.GetStatus(), status))
		})
	}
	if err := become(grpc_health_v1.HealthCheckResponse_NOT_SERVING); err != nil {
		return err
	}

	asked := make(chan error)
	ways := []func() error{
		func() error { // what d-engine's example for Go looks at
			response, err := compat.HandleClientWrite(ctx, &client.ClientWriteRequest{Command: insert("quorum", "d-engine", 0)})
			return all(err,
				equal("error of a write", response.GetError(), compaterror.ErrorCode_NOT_LEADER),
				equal("says when to retry", response.GetMetadata().GetRetryAfterMs() > 0, true))
		},
		func() error {
			response, err := compat.HandleClientRead(ctx, &client.ClientReadRequest{Keys: [][]byte{[]byte("quorum")}})
			return all(err, equal("error of a read", response.GetError(), compaterror.ErrorCode_NOT_LEADER))
		},
		func() error {
			_, err := compat.HandleClientScan(ctx, &client.ScanRequest{Prefix: []byte("quorum")})
			return hasCode("a scan", err, codes.FailedPrecondition)
		},
		func() error {
			var trailer metadata.MD
			_, err := store.Put(ctx, &v1.PutRequest{Key: []byte("quorum"), Value: []byte("v1")}, grpc.Trailer(&trailer))
			detail, broken := failure(trailer)
			return all(hasCode("a put", err, codes.Unavailable), broken,
				equal("class", detail.GetFailureClass(), v1.FailureClass_FAILURE_CLASS_REFUSED),
				equal("reason", detail.GetReason(), v1.Reason_REASON_NO_LEADER))
		},
		func() error {
			eventual := client.ReadConsistencyPolicy_READ_CONSISTENCY_POLICY_EVENTUAL_CONSISTENCY.Enum()
			found, err := read(ctx, compat, eventual, "quorum")
			return all(err, equal("found", found, []string{"quorum=before"}))
		},
	}
	for _, way := range ways {
		go func() { asked <- way() }()
	}
	errs := []error{}
	for range ways {
		errs = append(errs, <-asked)
	}
	if err := all(append(errs, nodes.start(2), nodes.start(3))...); err != nil {
		return err
	}
	if err := become(grpc_health_v1.HealthCheckResponse_SERVING); err != nil {
		return err
	}
	// All of them were refused, so nothing has happened.
	found, err := store.Get(ctx, &v1.GetRequest{Key: []byte("quorum")})
	if err != nil {
		return fmt.Errorf("after the quorum is back: %w", err)
	}
	return equal("value", string(found.GetEntry().GetValue()), "before")
}
