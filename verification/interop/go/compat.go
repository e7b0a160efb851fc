package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	client "interop/target/compatclient"
	cluster "interop/target/compatcluster"
	compaterror "interop/target/compaterror"
)

type ctx = context.Context

// compat speaks d-engine's client protocol to each node.
type compat struct {
	nodes    *nodes
	stubs    []client.RaftClientServiceClient
	clusters []cluster.ClusterManagementServiceClient
}

func newCompat(nodes *nodes) *compat {
	c := &compat{nodes: nodes}
	for node := uint32(1); node <= 3; node++ {
		conn := nodes.dial(node)
		c.stubs = append(c.stubs, client.NewRaftClientServiceClient(conn))
		c.clusters = append(c.clusters, cluster.NewClusterManagementServiceClient(conn))
	}
	return c
}

func insert(key, value string, ttlSecs uint64) *client.WriteCommand {
	return &client.WriteCommand{Operation: &client.WriteCommand_Insert_{Insert: &client.WriteCommand_Insert{
		Key: []byte(key), Value: []byte(value), TtlSecs: ttlSecs}}}
}

func remove(key string) *client.WriteCommand {
	return &client.WriteCommand{Operation: &client.WriteCommand_Delete_{Delete: &client.WriteCommand_Delete{Key: []byte(key)}}}
}

func swap(key string, expected []byte, value string) *client.WriteCommand {
	return &client.WriteCommand{Operation: &client.WriteCommand_CompareAndSwap_{CompareAndSwap: &client.WriteCommand_CompareAndSwap{
		Key: []byte(key), ExpectedValue: expected, NewValue: []byte(value)}}}
}

// write sends a write as d-engine's Go example does, and returns whether it succeeded.
func write(ctx ctx, stub client.RaftClientServiceClient, command *client.WriteCommand) (bool, error) {
	response, err := stub.HandleClientWrite(ctx, &client.ClientWriteRequest{Command: command})
	if err != nil {
		return false, err
	}
	if response.Error != compaterror.ErrorCode_SUCCESS {
		return false, fmt.Errorf("%v %v", response.Error, response.Metadata)
	}
	return response.GetWriteResult().Succeeded, nil
}

// writes sends writes that succeed, through the nodes in turn.
func (c *compat) writes(ctx ctx, commands ...*client.WriteCommand) error {
	for i, command := range commands {
		if ok, err := write(ctx, c.stubs[i%3], command); err != nil || !ok {
			return fmt.Errorf("%v: %v, %v", command, ok, err)
		}
	}
	return nil
}

// read returns the results as "key=value".
func read(ctx ctx, stub client.RaftClientServiceClient, policy *client.ReadConsistencyPolicy, keys ...string) ([]string, error) {
	request := &client.ClientReadRequest{ConsistencyPolicy: policy}
	for _, key := range keys {
		request.Keys = append(request.Keys, []byte(key))
	}
	response, err := stub.HandleClientRead(ctx, request)
	if err != nil {
		return nil, err
	}
	if response.Error != compaterror.ErrorCode_SUCCESS {
		return nil, fmt.Errorf("%v %v", response.Error, response.Metadata)
	}
	if response.GetReadData() == nil {
		return nil, fmt.Errorf("no read data: %v", response)
	}
	results := []string{}
	for _, result := range response.GetReadData().Results {
		results = append(results, string(result.Key)+"="+string(result.Value))
	}
	return results, nil
}

func (c *compat) revision(ctx ctx) uint64 {
	response, err := c.stubs[0].HandleClientScan(ctx, &client.ScanRequest{Prefix: []byte("/no/such/key/")})
	if err != nil {
		return 0
	}
	return response.Revision
}

// quickStart is what d-engine's example for Go does: try the nodes in turn, follow NOT_LEADER, write, and read on the same
// connection. Of ours each answers.
func (c *compat) quickStart(ctx ctx) error {
	linearizable := client.ReadConsistencyPolicy_READ_CONSISTENCY_POLICY_LINEARIZABLE_READ.Enum()
	for i, stub := range c.stubs {
		value := fmt.Sprintf("from node %d", i+1)
		ok, err := write(ctx, stub, insert("quick-start", value, 0))
		if err != nil {
			return err
		}
		found, err := read(ctx, stub, linearizable, "quick-start")
		if err := all(err, equal("written", ok, true), equal("found", found, []string{"quick-start=" + value})); err != nil {
			return err
		}
	}
	return nil
}

func (c *compat) cluster(ctx ctx) error {
	return eventually(func() error {
		leaders := map[uint32]bool{}
		for _, stub := range c.clusters {
			metadata, err := stub.GetClusterMetadata(ctx, &cluster.MetadataRequest{})
			if err != nil {
				return err
			}
			discovered, err := stub.DiscoverLeader(ctx, &cluster.LeaderDiscoveryRequest{})
			if err != nil {
				return err
			}
			leaders[metadata.GetCurrentLeaderId()] = true
			if err := all(
				equal("members", len(metadata.Nodes), 3),
				equal("leader", discovered.LeaderId, metadata.GetCurrentLeaderId()),
				equal("leader's address", discovered.LeaderAddress, c.nodes.address(discovered.LeaderId))); err != nil {
				return err
			}
			for i, member := range metadata.Nodes {
				if err := all(
					equal("id", member.Id, uint32(i+1)),
					equal("address", member.Address, c.nodes.address(uint32(i+1)))); err != nil {
					return err
				}
			}
		}
		return equal("leaders", len(leaders), 1)
	})
}

func (c *compat) consistencies(ctx ctx) error {
	if err := c.writes(ctx, insert("compat/read", "value", 0)); err != nil {
		return err
	}
	policies := []*client.ReadConsistencyPolicy{
		nil,
		client.ReadConsistencyPolicy_READ_CONSISTENCY_POLICY_LINEARIZABLE_READ.Enum(),
		client.ReadConsistencyPolicy_READ_CONSISTENCY_POLICY_LEASE_READ.Enum(),
	}
	for _, stub := range c.stubs {
		for _, policy := range policies {
			found, err := read(ctx, stub, policy, "compat/read")
			if err := all(err, equal("found", found, []string{"compat/read=value"})); err != nil {
				return err
			}
		}
		err := eventually(func() error {
			eventual := client.ReadConsistencyPolicy_READ_CONSISTENCY_POLICY_EVENTUAL_CONSISTENCY.Enum()
			found, err := read(ctx, stub, eventual, "compat/read")
			return all(err, equal("found", found, []string{"compat/read=value"}))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *compat) multiGet(ctx ctx) error {
	if err := c.writes(ctx, insert("compat/a", "1", 0), insert("compat/b", "", 0)); err != nil {
		return err
	}
	found, err := read(ctx, c.stubs[1], nil, "compat/b", "compat/missing", "compat/a", "compat/b")
	if err := all(err, equal("found", found, []string{"compat/b=", "compat/a=1", "compat/b="})); err != nil {
		return err
	}
	found, err = read(ctx, c.stubs[1], nil)
	return all(err, equal("found of no key", found, []string{}))
}

func (c *compat) delete(ctx ctx) error {
	if err := c.writes(ctx, insert("compat/gone", "1", 0), remove("compat/gone")); err != nil {
		return err
	}
	found, err := read(ctx, c.stubs[0], nil, "compat/gone")
	before := c.revision(ctx)
	return all(err,
		equal("found", found, []string{}),
		c.writes(ctx, remove("compat/gone")),
		equal("revision", c.revision(ctx), before))
}

func (c *compat) compareAndSwap(ctx ctx) error {
	if err := c.writes(ctx, insert("compat/cas", "old", 0)); err != nil {
		return err
	}
	cases := []struct {
		name     string
		command  *client.WriteCommand
		expected bool
	}{
		{"mismatch", swap("compat/cas", []byte("other"), "new"), false},
		{"expect-absent on present", swap("compat/cas", nil, "new"), false},
		{"match", swap("compat/cas", []byte("old"), "new"), true},
		{"expect-absent on absent", swap("compat/cas-absent", nil, "new"), true},
		{"empty value on absent", swap("compat/cas-none", []byte{}, "new"), false},
	}
	for i, one := range cases {
		ok, err := write(ctx, c.stubs[i%3], one.command)
		if err := all(err, equal(one.name, ok, one.expected)); err != nil {
			return err
		}
	}
	found, err := read(ctx, c.stubs[0], nil, "compat/cas", "compat/cas-absent", "compat/cas-none")
	return all(err, equal("found", found, []string{"compat/cas=new", "compat/cas-absent=new"}))
}

// event is a change as a line of text.
func event(response *client.WatchResponse) string {
	text := fmt.Sprintf("%d %s %s=%s", response.Revision, response.EventType, response.Key, response.Value)
	if len(response.PrevValue) > 0 {
		text += " was " + string(response.PrevValue)
	}
	return strings.ReplaceAll(text, "WATCH_EVENT_TYPE_", "")
}

// events takes so many changes, and leaves out progress.
func events(stream client.RaftClientService_WatchClient, count int) ([]string, error) {
	taken := []string{}
	for len(taken) < count {
		response, err := stream.Recv()
		if err != nil {
			return taken, err
		}
		if response.EventType != client.WatchEventType_WATCH_EVENT_TYPE_PROGRESS {
			taken = append(taken, event(response))
		}
	}
	return taken, nil
}

// open begins a watch and waits for the headers, with which it is in place.
func open(ctx ctx, stub client.RaftClientServiceClient, request *client.WatchRequest) (client.RaftClientService_WatchClient, error) {
	stream, err := stub.Watch(ctx, request)
	if err != nil {
		return nil, err
	}
	_, err = stream.Header()
	return stream, err
}

func (c *compat) ttl(ctx ctx) error {
	stream, err := open(ctx, c.stubs[1], &client.WatchRequest{Key: []byte("compat/ttl"), PrevKv: true})
	if err != nil {
		return err
	}
	before, begin := c.revision(ctx), time.Now()
	if err := c.writes(ctx, insert("compat/ttl", "short", 1)); err != nil {
		return err
	}
	seen, err := events(stream, 2)
	lived := time.Since(begin)
	if lived < time.Second {
		return fmt.Errorf("it was gone after %v", lived)
	}
	found, gone := read(ctx, c.stubs[1], client.ReadConsistencyPolicy_READ_CONSISTENCY_POLICY_EVENTUAL_CONSISTENCY.Enum(), "compat/ttl")
	return all(err, gone, equal("found", found, []string{}), equal("events", seen, []string{
		fmt.Sprintf("%d PUT compat/ttl=short", before+1),
		fmt.Sprintf("%d DELETE compat/ttl= was short", before+2)}))
}

func (c *compat) scan(ctx ctx) error {
	before := c.revision(ctx)
	if err := c.writes(ctx, insert("/go/b", "2", 0), insert("/go/a", "1", 0), insert("/gone", "3", 0)); err != nil {
		return err
	}
	for _, stub := range c.stubs {
		response, err := stub.HandleClientScan(ctx, &client.ScanRequest{Prefix: []byte("/go/")})
		if err != nil {
			return err
		}
		found := []string{}
		for _, entry := range response.Entries {
			found = append(found, string(entry.Key)+"="+string(entry.Value))
		}
		if err := all(
			equal("found", found, []string{"/go/a=1", "/go/b=2"}),
			equal("revision", response.Revision, before+3)); err != nil {
			return err
		}
	}
	return nil
}

func (c *compat) watch(ctx ctx) error {
	key, err := open(ctx, c.stubs[0], &client.WatchRequest{Key: []byte("/seen/1")})
	if err != nil {
		return err
	}
	prefix, err := open(ctx, c.stubs[2], &client.WatchRequest{Key: []byte("/seen/"), Prefix: true, PrevKv: true})
	if err != nil {
		return err
	}
	before := c.revision(ctx)
	if err := c.writes(ctx, insert("/seen/1", "a", 0), insert("/seen/2", "b", 0), insert("/seen", "no", 0),
		swap("/seen/1", []byte("a"), "c"), remove("/seen/2"), remove("/seen/1")); err != nil {
		return err
	}
	ofKey, err := events(key, 3)
	if err != nil {
		return err
	}
	ofPrefix, err := events(prefix, 5)
	return all(err,
		equal("events of the key", ofKey, []string{
			fmt.Sprintf("%d PUT /seen/1=a", before+1),
			fmt.Sprintf("%d PUT /seen/1=c", before+4),
			fmt.Sprintf("%d DELETE /seen/1=", before+6)}),
		equal("events of the prefix", ofPrefix, []string{
			fmt.Sprintf("%d PUT /seen/1=a", before+1),
			fmt.Sprintf("%d PUT /seen/2=b", before+2),
			fmt.Sprintf("%d PUT /seen/1=c was a", before+4),
			fmt.Sprintf("%d DELETE /seen/2= was b", before+5),
			fmt.Sprintf("%d DELETE /seen/1= was c", before+6)}))
}

func (c *compat) refusals(ctx ctx) error {
	_, empty := c.stubs[0].HandleClientWrite(ctx, &client.ClientWriteRequest{Command: &client.WriteCommand{}})
	_, large := write(ctx, c.stubs[0], insert("large", strings.Repeat("x", 2<<20), 0))
	stream, err := c.stubs[0].Watch(ctx, &client.WatchRequest{Key: []byte("/no-slash"), Prefix: true})
	if err != nil {
		return err
	}
	_, prefix := stream.Recv()
	join, err := c.clusters[0].JoinCluster(ctx, &cluster.JoinRequest{NodeId: 9, Address: "127.0.0.1:1"})
	if err != nil {
		return err
	}
	_, change := c.clusters[0].UpdateClusterConf(ctx, &cluster.ClusterConfChangeRequest{Id: 9})
	return all(
		hasCode("a write of nothing", empty, codes.InvalidArgument),
		equal("its text", status.Convert(empty).Message(), "WriteCommand must contain an operation"),
		hasCode("a large value", large, codes.InvalidArgument),
		hasCode("a prefix without slashes", prefix, codes.InvalidArgument),
		equal("joined", join.Success, false),
		equal("its text helps", strings.Contains(join.Error, "cluster.join"), true),
		hasCode("a change of members", change, codes.Unimplemented))
}
