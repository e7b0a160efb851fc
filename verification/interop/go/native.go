package main

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	v1 "interop/target/v1"
)

var services = []string{
	"dengine.v1.KeyValue", "dengine.v1.Watch", "dengine.v1.Cluster",
	"d_engine.client.RaftClientService", "d_engine.server.cluster.ClusterManagementService",
}

func (n *nodes) becomeHealthy(ctx ctx) error {
	for node := uint32(1); node <= 3; node++ {
		conn := n.dial(node)
		defer conn.Close()
		stub := grpc_health_v1.NewHealthClient(conn)
		for _, service := range append([]string{""}, services...) {
			err := eventually(func() error {
				answer, err := stub.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: service})
				return all(err, equal("health of "+service, answer.GetStatus(), grpc_health_v1.HealthCheckResponse_SERVING))
			})
			if err != nil {
				return err
			}
		}
		_, err := stub.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: "no.such.Service"})
		if err := hasCode("the health of no service", err, codes.NotFound); err != nil {
			return err
		}
	}
	return nil
}

// reflect asks as grpcurl does: for the services, then for the file of each.
func (n *nodes) reflect(ctx ctx) error {
	conn := n.dial(1)
	defer conn.Close()
	stream, err := grpc_reflection_v1.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
	if err != nil {
		return err
	}
	ask := func(request *grpc_reflection_v1.ServerReflectionRequest) (*grpc_reflection_v1.ServerReflectionResponse, error) {
		if err := stream.Send(request); err != nil {
			return nil, err
		}
		return stream.Recv()
	}
	listed, err := ask(&grpc_reflection_v1.ServerReflectionRequest{
		MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_ListServices{}})
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, service := range listed.GetListServicesResponse().GetService() {
		names[service.Name] = true
	}
	for _, service := range services {
		found, err := ask(&grpc_reflection_v1.ServerReflectionRequest{
			MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: service}})
		if err != nil {
			return err
		}
		holds := false
		for _, bytes := range found.GetFileDescriptorResponse().GetFileDescriptorProto() {
			file := &descriptorpb.FileDescriptorProto{}
			if err := proto.Unmarshal(bytes, file); err != nil {
				return err
			}
			for _, one := range file.Service {
				holds = holds || file.GetPackage()+"."+one.GetName() == service
			}
		}
		if err := all(equal(service+" listed", names[service], true), equal(service+" described", holds, true)); err != nil {
			return err
		}
	}
	return nil
}

// native speaks dengine.v1 to each node.
type native struct {
	nodes    *nodes
	stubs    []v1.KeyValueClient
	watches  []v1.WatchClient
	clusters []v1.ClusterClient
}

func newNative(nodes *nodes) *native {
	n := &native{nodes: nodes}
	for node := uint32(1); node <= 3; node++ {
		conn := nodes.dial(node)
		n.stubs = append(n.stubs, v1.NewKeyValueClient(conn))
		n.watches = append(n.watches, v1.NewWatchClient(conn))
		n.clusters = append(n.clusters, v1.NewClusterClient(conn))
	}
	return n
}

// put writes through one node and returns the revision.
func (n *native) put(ctx ctx, node int, key, value string) (uint64, error) {
	response, err := n.stubs[node].Put(ctx, &v1.PutRequest{Key: []byte(key), Value: []byte(value)})
	return response.GetRevision(), err
}

// entry is a key as a line of text.
func entry(e *v1.Entry) string {
	if e == nil {
		return "none"
	}
	return fmt.Sprintf("%s=%s created %d modified %d version %d", e.Key, e.Value, e.CreateRevision, e.ModRevision, e.Version)
}

func (n *native) get(ctx ctx) error {
	first, err := n.put(ctx, 0, "v1/get", "1")
	if err != nil {
		return err
	}
	second, err := n.put(ctx, 1, "v1/get", "2")
	if err := all(err, equal("second revision", second, first+1)); err != nil {
		return err
	}
	expected := fmt.Sprintf("v1/get=2 created %d modified %d version 2", first, second)
	for _, stub := range n.stubs {
		for _, consistency := range []v1.ReadConsistency{
			v1.ReadConsistency_READ_CONSISTENCY_UNSPECIFIED,
			v1.ReadConsistency_READ_CONSISTENCY_LINEARIZABLE,
			v1.ReadConsistency_READ_CONSISTENCY_LEASE,
		} {
			response, err := stub.Get(ctx, &v1.GetRequest{Key: []byte("v1/get"), Consistency: consistency})
			if err := all(err,
				equal("entry", entry(response.GetEntry()), expected),
				equal("revision", response.GetRevision(), second)); err != nil {
				return err
			}
		}
		err := eventually(func() error {
			response, err := stub.Get(ctx, &v1.GetRequest{Key: []byte("v1/get"), Consistency: v1.ReadConsistency_READ_CONSISTENCY_LOCAL})
			return all(err, equal("entry", entry(response.GetEntry()), expected))
		})
		if err != nil {
			return err
		}
	}
	response, err := n.stubs[0].Get(ctx, &v1.GetRequest{Key: []byte("v1/missing")})
	return all(err, equal("missing", entry(response.GetEntry()), "none"), equal("revision", response.GetRevision(), second))
}

func entries(list []*v1.Entry) []string {
	lines := []string{}
	for _, one := range list {
		lines = append(lines, string(one.Key)+"="+string(one.Value))
	}
	return lines
}

func (n *native) getAll(ctx ctx) error {
	if _, err := n.put(ctx, 0, "v1/all/a", "1"); err != nil {
		return err
	}
	revision, err := n.put(ctx, 0, "v1/all/b", "")
	if err != nil {
		return err
	}
	response, err := n.stubs[2].GetAll(ctx, &v1.GetAllRequest{
		Keys: [][]byte{[]byte("v1/all/b"), []byte("v1/missing"), []byte("v1/all/a"), []byte("v1/all/b")}})
	return all(err,
		equal("entries", entries(response.GetEntries()), []string{"v1/all/b=", "v1/all/a=1"}),
		equal("revision", response.GetRevision(), revision))
}

func (n *native) delete(ctx ctx) error {
	revision, err := n.put(ctx, 0, "v1/delete", "1")
	if err != nil {
		return err
	}
	for node, expected := range []bool{true, false} {
		response, err := n.stubs[node].Delete(ctx, &v1.DeleteRequest{Key: []byte("v1/delete")})
		if err := all(err,
			equal("deleted", response.GetDeleted(), expected),
			equal("revision", response.GetRevision(), revision+1)); err != nil {
			return err
		}
	}
	return nil
}

func (n *native) compareAndSet(ctx ctx) error {
	revision, err := n.put(ctx, 0, "v1/cas", "a")
	if err != nil {
		return err
	}
	absent := &v1.CompareAndSetRequest_Absent{Absent: &v1.KeyAbsent{}}
	steps := []struct {
		name, key string
		request   *v1.CompareAndSetRequest
		succeeds  bool
		current   string
	}{
		{"mismatch", "v1/cas", &v1.CompareAndSetRequest{Expectation: &v1.CompareAndSetRequest_ValueEquals{ValueEquals: []byte("x")}}, false, "v1/cas=a created %d modified %d version 1"},
		{"absent on present", "v1/cas", &v1.CompareAndSetRequest{Expectation: absent}, false, "v1/cas=a created %d modified %d version 1"},
		{"stale revision", "v1/cas", &v1.CompareAndSetRequest{Expectation: &v1.CompareAndSetRequest_ModRevision{ModRevision: revision - 1}}, false, "v1/cas=a created %d modified %d version 1"},
		{"value on absent", "v1/cas-none", &v1.CompareAndSetRequest{Expectation: &v1.CompareAndSetRequest_ValueEquals{}}, false, "none"},
		{"match of the value", "v1/cas", &v1.CompareAndSetRequest{Expectation: &v1.CompareAndSetRequest_ValueEquals{ValueEquals: []byte("a")}}, true, "none"},
		{"match of the revision", "v1/cas", &v1.CompareAndSetRequest{Expectation: &v1.CompareAndSetRequest_ModRevision{ModRevision: revision + 1}}, true, "none"},
		{"absent on absent", "v1/cas-new", &v1.CompareAndSetRequest{Expectation: absent}, true, "none"},
		{"revision 0 on absent", "v1/cas-zero", &v1.CompareAndSetRequest{Expectation: &v1.CompareAndSetRequest_ModRevision{}}, true, "none"},
	}
	expected := revision
	for i, step := range steps {
		step.request.Key, step.request.Value = []byte(step.key), []byte("new")
		response, err := n.stubs[i%3].CompareAndSet(ctx, step.request)
		if step.succeeds {
			expected++
		}
		current := step.current
		if strings.Contains(current, "%d") {
			current = fmt.Sprintf(current, revision, revision)
		}
		if err := all(err,
			equal(step.name, response.GetSucceeded(), step.succeeds),
			equal("current after "+step.name, entry(response.GetCurrent()), current),
			equal("revision after "+step.name, response.GetRevision(), expected)); err != nil {
			return err
		}
	}
	return nil
}

func (n *native) ttl(ctx ctx) error {
	begin := time.Now()
	if _, err := n.stubs[0].Put(ctx, &v1.PutRequest{Key: []byte("v1/ttl"), Value: []byte("x"), TtlMillis: 700}); err != nil {
		return err
	}
	response, err := n.stubs[1].Get(ctx, &v1.GetRequest{Key: []byte("v1/ttl")})
	if err := all(err, equal("value", string(response.GetEntry().GetValue()), "x")); err != nil {
		return err
	}
	err = eventually(func() error {
		response, err := n.stubs[2].Get(ctx, &v1.GetRequest{Key: []byte("v1/ttl")})
		return all(err, equal("entry", entry(response.GetEntry()), "none"))
	})
	if lived := time.Since(begin); err == nil && lived < 700*time.Millisecond {
		return fmt.Errorf("it was gone after %v", lived)
	}
	return err
}

func (n *native) scan(ctx ctx) error {
	var revision uint64
	for i := 24; i >= 0; i-- {
		var err error
		if revision, err = n.put(ctx, i%3, fmt.Sprintf("v1/scan/%02d", i), fmt.Sprint(i)); err != nil {
			return err
		}
	}
	var after []byte
	for page, first := 0, 0; page < 3; page++ {
		response, err := n.stubs[page].Scan(ctx, &v1.ScanRequest{Prefix: []byte("v1/scan/"), After: after, Limit: 10})
		if err != nil {
			return err
		}
		expected := []string{}
		for ; first < min(25, page*10+10); first++ {
			expected = append(expected, fmt.Sprintf("v1/scan/%02d=%d", first, first))
		}
		if err := all(
			equal("page", entries(response.Entries), expected),
			equal("more", response.More, page < 2),
			equal("revision", response.Revision, revision)); err != nil {
			return err
		}
		after = response.Entries[len(response.Entries)-1].Key
	}
	return nil
}

// failure returns the detail that a failed call carries.
func failure(trailer metadata.MD) (*v1.Failure, error) {
	values := trailer.Get("dengine-failure-bin")
	if len(values) != 1 {
		return nil, fmt.Errorf("no detail in %v", trailer)
	}
	detail := &v1.Failure{}
	return detail, proto.Unmarshal([]byte(values[0]), detail)
}

func (n *native) failures(ctx ctx) error {
	cases := []struct {
		name   string
		call   func(...grpc.CallOption) error
		reason v1.Reason
	}{
		{"no key", func(o ...grpc.CallOption) error { _, err := n.stubs[0].Put(ctx, &v1.PutRequest{}, o...); return err }, v1.Reason_REASON_INVALID},
		{"no expectation", func(o ...grpc.CallOption) error {
			_, err := n.stubs[0].CompareAndSet(ctx, &v1.CompareAndSetRequest{Key: []byte("x")}, o...)
			return err
		}, v1.Reason_REASON_INVALID},
		{"a large value", func(o ...grpc.CallOption) error {
			_, err := n.stubs[0].Put(ctx, &v1.PutRequest{Key: []byte("x"), Value: make([]byte, 2<<20)}, o...)
			return err
		}, v1.Reason_REASON_TOO_LARGE},
	}
	for _, one := range cases {
		var trailer metadata.MD
		err := one.call(grpc.Trailer(&trailer))
		if err := hasCode(one.name, err, codes.InvalidArgument); err != nil {
			return err
		}
		detail, broken := failure(trailer)
		if err := all(broken,
			equal("class of "+one.name, detail.GetFailureClass(), v1.FailureClass_FAILURE_CLASS_REFUSED),
			equal("reason of "+one.name, detail.GetReason(), one.reason),
			equal("text of "+one.name, detail.GetText(), status.Convert(err).Message())); err != nil {
			return err
		}
	}
	return nil
}

func (n *native) cluster(ctx ctx) error {
	leaders, roles := map[uint32]bool{}, 0
	for node, stub := range n.clusters {
		members, err := stub.Members(ctx, &v1.MembersRequest{})
		if err != nil {
			return err
		}
		leader, err := stub.Leader(ctx, &v1.LeaderRequest{})
		if err != nil {
			return err
		}
		state, err := stub.Status(ctx, &v1.StatusRequest{})
		if err != nil {
			return err
		}
		leaders[leader.LeaderId] = true
		if state.Role == v1.NodeRole_NODE_ROLE_LEADER {
			roles++
		}
		if err := all(
			equal("cluster", members.ClusterName, "interop"),
			equal("members", len(members.Members), 3),
			equal("node", members.NodeId, uint32(node+1)),
			equal("leader of members", members.LeaderId, leader.LeaderId),
			equal("term of members", members.Term, leader.Term),
			equal("leader's address", leader.ApiAddress, n.nodes.address(leader.LeaderId)),
			equal("health", state.Health, v1.NodeHealth_NODE_HEALTH_SERVING),
			equal("durability", state.Durability, v1.Durability_DURABILITY_FSYNC),
			equal("leads", state.Role == v1.NodeRole_NODE_ROLE_LEADER, leader.LeaderId == state.NodeId)); err != nil {
			return err
		}
		for i, member := range members.Members {
			if err := all(
				equal("id", member.NodeId, uint32(i+1)),
				equal("part", member.Part, v1.MemberPart_MEMBER_PART_VOTER),
				equal("address", member.ApiAddress, n.nodes.address(uint32(i+1)))); err != nil {
				return err
			}
		}
	}
	return all(equal("leaders", len(leaders), 1), equal("nodes that lead", roles, 1))
}

func (n *native) transfer(ctx ctx) error {
	leader, err := n.clusters[0].Leader(ctx, &v1.LeaderRequest{})
	if err != nil {
		return err
	}
	target := leader.LeaderId%3 + 1
	if _, err := n.clusters[target-1].TransferLeadership(ctx, &v1.TransferLeadershipRequest{TargetNodeId: target}); err != nil {
		return err
	}
	return eventually(func() error {
		now, err := n.clusters[leader.LeaderId-1].Leader(ctx, &v1.LeaderRequest{})
		return all(err, equal("leader", now.GetLeaderId(), target))
	})
}

// parts returns who belongs to the cluster as node 1 has it.
func (n *native) parts(ctx ctx) (string, error) {
	members, err := n.clusters[0].Members(ctx, &v1.MembersRequest{})
	if err != nil {
		return "", err
	}
	parts := ""
	for _, member := range members.Members {
		parts += fmt.Sprintf("%d:%s ", member.NodeId, strings.TrimPrefix(member.Part.String(), "MEMBER_PART_"))
	}
	return strings.TrimSpace(parts), nil
}

// leave takes node 4, which has joined, out by way of a learner. Each order is given to another node.
func (n *native) leave(ctx ctx) error {
	become := func(what string, order func() error, expected string) error {
		if err := order(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return eventually(func() error {
			parts, err := n.parts(ctx)
			return all(err, equal("members after "+what, parts, expected))
		})
	}
	if err := become("demotion", func() error {
		_, err := n.clusters[0].Demote(ctx, &v1.DemoteRequest{NodeId: 4})
		return err
	}, "1:VOTER 2:VOTER 3:VOTER 4:LEARNER"); err != nil {
		return err
	}
	if err := become("promotion", func() error {
		_, err := n.clusters[1].Promote(ctx, &v1.PromoteRequest{NodeId: 4})
		return err
	}, "1:VOTER 2:VOTER 3:VOTER 4:VOTER"); err != nil {
		return err
	}
	return become("removal", func() error {
		_, err := n.clusters[2].Remove(ctx, &v1.RemoveRequest{NodeId: 4})
		return err
	}, "1:VOTER 2:VOTER 3:VOTER")
}
