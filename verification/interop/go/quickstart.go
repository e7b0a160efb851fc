package main

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	v1 "interop/target/v1"
)

// quickStart is the one of docs/clients.md: it changes with it.
func quickStart(ctx context.Context, address string) error {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	store := v1.NewKeyValueClient(conn)

	put, err := store.Put(ctx, &v1.PutRequest{Key: []byte("config/limit"), Value: []byte("100")})
	if err != nil {
		return err
	}
	swapped, err := store.CompareAndSet(ctx, &v1.CompareAndSetRequest{
		Key: []byte("config/limit"), Value: []byte("200"),
		Expectation: &v1.CompareAndSetRequest_ModRevision{ModRevision: put.Revision}})
	if err != nil {
		return err
	}
	fmt.Printf("       swapped: %v, at revision %d\n", swapped.Succeeded, swapped.Revision)

	watch, err := v1.NewWatchClient(conn).Watch(ctx)
	if err != nil {
		return err
	}
	if err := watch.Send(&v1.WatchRequest{Request: &v1.WatchRequest_Create{Create: &v1.CreateWatch{
		WatchId: 1, Key: []byte("config/"), Prefix: true, FromRevision: put.Revision}}}); err != nil {
		return err
	}
	for seen := 0; seen < 2; {
		response, err := watch.Recv()
		if err != nil {
			return err
		}
		for _, event := range response.GetEvents().GetEvents() {
			fmt.Printf("       %v %s=%s\n", event.Type, event.Entry.Key, event.Entry.Value)
			seen++
		}
	}
	return nil
}
