package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	client "interop/target/compatclient"
	v1 "interop/target/v1"
)

const crashPrefix, crashEnd = "/go-crash/", "/go-crash/end"

// written is a write that was acknowledged. The revision is that of dengine.v1, or 0.
type written struct {
	key, value string
	revision   uint64
}

// leaderCrash kills the leader under a writer, while the same changes are watched through each node: by dengine.v1, which goes on
// at the last revision + 1, and by d-engine's protocol, which watches anew and lists.
func leaderCrash(ctx ctx, nodes *nodes) error {
	n, c := newNative(nodes), newCompat(nodes)
	watchers := make(chan error)
	followers := make([]*follower, 3)
	listers := make([]*lister, 3)
	for node := range 3 {
		followers[node] = &follower{n: n, node: node, opened: make(chan struct{})}
		listers[node] = &lister{c: c, node: node, values: map[string]string{}}
		go func() { watchers <- followers[node].run(ctx) }()
		go func() { watchers <- listers[node].run(ctx) }()
	}
	for _, one := range followers {
		<-one.opened
	}

	var count atomic.Int64
	var ended atomic.Bool
	acknowledged := make(chan []written, 1)
	go func() { acknowledged <- writeOn(ctx, n, &count, &ended) }()
	reach := func(target int64) error {
		return eventually(func() error { return equal("enough writes", count.Load() >= target, true) })
	}
	if err := reach(100); err != nil {
		return err
	}
	leader, err := n.clusters[0].Leader(ctx, &v1.LeaderRequest{})
	if err != nil {
		return err
	}
	if err := nodes.kill(leader.LeaderId); err != nil {
		return err
	}
	if err := reach(count.Load() + 200); err != nil {
		return err
	}
	ended.Store(true)
	writes := <-acknowledged
	if err := nodes.start(leader.LeaderId); err != nil {
		return err
	}
	for range 6 {
		if err := <-watchers; err != nil {
			return err
		}
	}

	values := map[string]string{}
	for _, write := range writes {
		values[write.key] = write.value
	}
	streams := 0
	for i := range 3 {
		if err := followers[i].saw(writes); err != nil {
			return err
		}
		if err := equal("what a client of d-engine knows", listers[i].values, values); err != nil {
			return err
		}
		streams += followers[i].streams + listers[i].streams
	}
	fmt.Printf("       %d writes, %d streams for 6 watchers\n", len(writes), streams)
	return nil
}

// writeOn writes each key until it is acknowledged: that may be twice, with the same value. Returns what was acknowledged.
func writeOn(ctx ctx, n *native, count *atomic.Int64, ended *atomic.Bool) []written {
	writes, node := []written{}, 0
	for last := false; !last && ctx.Err() == nil; {
		last = ended.Load()
		number := len(writes)
		one := written{key: fmt.Sprintf("%s%06d", crashPrefix, number), value: fmt.Sprint(number)}
		if last {
			one.key = crashEnd
		}
		for ctx.Err() == nil {
			call, cancel := context.WithTimeout(ctx, 3*time.Second)
			revision, err := n.put(call, node, one.key, one.value)
			cancel()
			if err == nil {
				one.revision = revision
				break
			}
			node = (node + 1) % 3
		}
		writes = append(writes, one)
		count.Store(int64(len(writes)))
	}
	return writes
}

// follower watches through one node, and through the next where that has gone.
type follower struct {
	n       *native
	node    int
	opened  chan struct{}
	next    uint64
	seen    []written
	streams int
}

func (f *follower) run(ctx ctx) error {
	for ctx.Err() == nil {
		done, err := f.follow(ctx)
		if done {
			return err
		}
		f.node = (f.node + 1) % 3
	}
	return ctx.Err()
}

// follow reads one stream. Returns true when all is seen or something is wrong, false when the stream has ended.
func (f *follower) follow(ctx ctx) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := f.n.watches[f.node].Watch(ctx)
	if err != nil {
		return false, err
	}
	start, err := create(stream, &v1.CreateWatch{WatchId: 1, Key: []byte(crashPrefix), Prefix: true, FromRevision: f.next})
	if err != nil {
		return false, err
	}
	f.streams++
	if f.next == 0 {
		f.next = start
		close(f.opened)
	}
	for {
		response, err := stream.Recv()
		if err != nil {
			return false, err
		}
		if events := response.GetEvents(); events != nil {
			if events.Revision < f.next {
				return true, fmt.Errorf("revision %d after %d", events.Revision, f.next-1)
			}
			f.next = events.Revision + 1
			for _, e := range events.Events {
				f.seen = append(f.seen, written{string(e.Entry.Key), string(e.Entry.Value), e.Entry.ModRevision})
				if string(e.Entry.Key) == crashEnd {
					return true, nil
				}
			}
		}
		if progress := response.GetProgress(); progress != nil {
			f.next = progress.Revision + 1
		}
	}
}

// saw returns an error unless every acknowledged write was seen, in order, and nothing else but the same write once more.
func (f *follower) saw(writes []written) error {
	i := 0
	for _, seen := range f.seen {
		if i == len(writes) {
			return fmt.Errorf("%v is behind the end", seen)
		}
		if seen.key != writes[i].key || seen.value != writes[i].value {
			return fmt.Errorf("%v instead of %v", seen, writes[i])
		}
		if seen.revision == writes[i].revision {
			i++
		}
	}
	return equal("writes seen", i, len(writes))
}

// lister follows d-engine's recipe: watch, then list, then drop what the list has already.
type lister struct {
	c       *compat
	node    int
	values  map[string]string
	streams int
}

func (l *lister) run(ctx ctx) error {
	for ctx.Err() == nil {
		if err := l.follow(ctx); err == nil {
			return nil
		}
		l.node = (l.node + 1) % 3
	}
	return ctx.Err()
}

func (l *lister) follow(ctx ctx) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := open(ctx, l.c.stubs[l.node], &client.WatchRequest{Key: []byte(crashPrefix), Prefix: true})
	if err != nil {
		return err
	}
	listed, err := l.c.stubs[l.node].HandleClientScan(ctx, &client.ScanRequest{Prefix: []byte(crashPrefix)})
	if err != nil {
		return err
	}
	l.streams++
	for _, entry := range listed.Entries {
		l.values[string(entry.Key)] = string(entry.Value)
	}
	for l.values[crashEnd] == "" {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		if response.EventType == client.WatchEventType_WATCH_EVENT_TYPE_PUT && response.Revision > listed.Revision {
			l.values[string(response.Key)] = string(response.Value)
		}
	}
	return nil
}

// joining starts a fourth node, which joins by itself: first a learner, then a voter.
func joining(ctx ctx, nodes *nodes) error {
	stream, err := newCompat(nodes).stubs[1].WatchMembership(ctx, &client.WatchMembershipRequest{})
	if err != nil {
		return err
	}
	now, err := stream.Recv()
	if err := all(err,
		equal("members", now.GetMembers(), []uint32{1, 2, 3}),
		equal("learners", len(now.GetLearners()), 0)); err != nil {
		return err
	}
	if err := nodes.start(4); err != nil {
		return err
	}
	learned := false
	for len(now.Members) != 4 || len(now.Learners) != 0 {
		index := now.CommittedIndex
		if now, err = stream.Recv(); err != nil {
			return err
		}
		if now.CommittedIndex <= index {
			return fmt.Errorf("index %d after %d", now.CommittedIndex, index)
		}
		learned = learned || len(now.Learners) == 1 && now.Learners[0] == 4
	}
	if err := all(equal("members", now.Members, []uint32{1, 2, 3, 4}), equal("was a learner", learned, true)); err != nil {
		return err
	}
	conn := nodes.dial(4)
	defer conn.Close()
	return eventually(func() error {
		_, err := v1.NewKeyValueClient(conn).Put(ctx, &v1.PutRequest{Key: []byte("joined"), Value: []byte("4")})
		return err
	})
}
