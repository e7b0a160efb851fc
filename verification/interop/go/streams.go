package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	v1 "interop/target/v1"
)

// exchange sends operations in frames of 100, reads answers meanwhile, and finds the effect of each once.
func (n *native) exchange(ctx ctx) error {
	const writes, frame = 1000, 100
	stream, err := n.stubs[1].Exchange(ctx)
	if err != nil {
		return err
	}
	before, err := n.put(ctx, 0, "v1/exchange", "before")
	if err != nil {
		return err
	}
	go func() {
		request := &v1.ExchangeRequest{}
		for id := uint64(1); id <= 2*writes; id++ {
			operation := &v1.Operation{Id: id}
			key := fmt.Appendf(nil, "v1/exchange/%04d", (id-1)%writes)
			if id <= writes {
				operation.Request = &v1.Operation_Put{Put: &v1.PutRequest{Key: key, Value: key}}
			} else {
				operation.Request = &v1.Operation_CompareAndSet{CompareAndSet: &v1.CompareAndSetRequest{
					Key: key, Expectation: &v1.CompareAndSetRequest_Absent{Absent: &v1.KeyAbsent{}}}}
			}
			request.Operations = append(request.Operations, operation)
			if len(request.Operations) == frame {
				if stream.Send(request) != nil {
					return // Recv says why
				}
				request = &v1.ExchangeRequest{}
			}
		}
	}()
	seen, revisions, swapped := map[uint64]bool{}, map[uint64]bool{}, 0
	for len(seen) < 2*writes {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		for _, answer := range response.Answers {
			if seen[answer.Id] {
				return fmt.Errorf("%d is answered twice", answer.Id)
			}
			seen[answer.Id] = true
			switch result := answer.Result.(type) {
			case *v1.Answer_Put:
				revisions[result.Put.Revision] = true
			case *v1.Answer_CompareAndSet:
				if result.CompareAndSet.Succeeded {
					swapped++
				}
			default:
				return fmt.Errorf("answer to %d: %v", answer.Id, answer)
			}
		}
	}
	page, err := n.stubs[2].Scan(ctx, &v1.ScanRequest{Prefix: []byte("v1/exchange/")})
	if err := all(err,
		equal("revisions of puts", len(revisions), writes),
		equal("keys", len(page.GetEntries()), writes),
		equal("revision", page.GetRevision(), before+writes+uint64(swapped))); err != nil {
		return err
	}
	return stream.CloseSend()
}

func (n *native) exchangeEnds(ctx ctx) error {
	stream, err := n.stubs[0].Exchange(ctx)
	if err != nil {
		return err
	}
	operations := []*v1.Operation{
		{Id: 7, Request: &v1.Operation_Put{Put: &v1.PutRequest{Key: []byte("v1/ends"), Value: []byte("1")}}},
		{Id: 8, Request: &v1.Operation_Put{Put: &v1.PutRequest{}}},
		{Id: 9, Request: &v1.Operation_Get{Get: &v1.GetRequest{Key: []byte("v1/missing")}}},
	}
	if err := stream.Send(&v1.ExchangeRequest{Operations: operations}); err != nil {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	answers := map[uint64]*v1.Answer{}
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		for _, answer := range response.Answers {
			answers[answer.Id] = answer
		}
	}
	return all(
		equal("answers", len(answers), 3),
		equal("put", answers[7].GetPut().GetRevision() > 0, true),
		equal("put without a key", answers[8].GetFailure().GetReason(), v1.Reason_REASON_INVALID),
		equal("entry of a missing key", entry(answers[9].GetGet().GetEntry()), "none"),
		equal("read revision", answers[9].GetGet().GetRevision() > 0, true))
}

// change is a change as a line of text.
func change(e *v1.Event) string {
	text := fmt.Sprintf("%d %s %s=%s", e.Entry.ModRevision, strings.TrimPrefix(e.Type.String(), "EVENT_TYPE_"), e.Entry.Key, e.Entry.Value)
	if e.Previous != nil {
		text += " was " + string(e.Previous.Value)
	}
	return text
}

// create asks for a watch on the stream and returns the revision that it starts from.
func create(stream v1.Watch_WatchClient, request *v1.CreateWatch) (uint64, error) {
	if err := stream.Send(&v1.WatchRequest{Request: &v1.WatchRequest_Create{Create: request}}); err != nil {
		return 0, err
	}
	for {
		response, err := stream.Recv()
		if err != nil {
			return 0, err
		}
		if response.GetCreated() != nil && response.WatchId == request.WatchId {
			return response.GetCreated().StartRevision, nil
		}
		if response.GetProgress() == nil {
			return 0, fmt.Errorf("instead of a watch: %v", response)
		}
	}
}

func (n *native) watch(ctx ctx) error {
	stream, err := n.watches[2].Watch(ctx)
	if err != nil {
		return err
	}
	starts := []uint64{}
	for _, request := range []*v1.CreateWatch{
		{WatchId: 1, Key: []byte("v1/watch/a")},
		{WatchId: 2, Key: []byte("v1/watch/"), Prefix: true, PreviousValue: true},
		{WatchId: 3, Key: []byte("v1/nothing")},
	} {
		start, err := create(stream, request)
		if err != nil {
			return err
		}
		starts = append(starts, start)
	}
	first, err := n.put(ctx, 0, "v1/watch/a", "1")
	if err != nil {
		return err
	}
	for _, key := range []string{"v1/watch/b", "v1/other", "v1/watch/a"} {
		if _, err := n.put(ctx, 1, key, "2"); err != nil {
			return err
		}
	}
	if _, err := n.stubs[0].Delete(ctx, &v1.DeleteRequest{Key: []byte("v1/watch/b")}); err != nil {
		return err
	}
	seen, progressed := map[uint64][]string{}, uint64(0)
	for len(seen[1]) < 2 || len(seen[2]) < 4 || progressed < first+4 {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		switch one := response.Response.(type) {
		case *v1.WatchResponse_Events:
			for _, e := range one.Events.Events {
				seen[response.WatchId] = append(seen[response.WatchId], change(e))
			}
		case *v1.WatchResponse_Progress:
			if response.WatchId == 3 {
				progressed = one.Progress.Revision
			}
		default:
			return fmt.Errorf("neither events nor progress: %v", response)
		}
	}
	return all(
		equal("starts behind the first", slices.Max(starts) > first, false), // a node may be behind
		equal("events of the key", seen[1], []string{
			fmt.Sprintf("%d PUT v1/watch/a=1", first),
			fmt.Sprintf("%d PUT v1/watch/a=2", first+3)}),
		equal("events of the prefix", seen[2], []string{
			fmt.Sprintf("%d PUT v1/watch/a=1", first),
			fmt.Sprintf("%d PUT v1/watch/b=2", first+1),
			fmt.Sprintf("%d PUT v1/watch/a=2 was 1", first+3),
			fmt.Sprintf("%d DELETE v1/watch/b= was 2", first+4)}),
		equal("events of nothing", len(seen[3]), 0),
		equal("progress", progressed, first+4))
}

func (n *native) watchPast(ctx ctx) error {
	var first uint64
	for i := 1; i <= 3; i++ {
		revision, err := n.put(ctx, 0, "v1/past", fmt.Sprint(i))
		if err != nil {
			return err
		}
		if i == 1 {
			first = revision
		}
	}
	stream, err := n.watches[0].Watch(ctx)
	if err != nil {
		return err
	}
	start, err := create(stream, &v1.CreateWatch{WatchId: 5, Key: []byte("v1/past"), FromRevision: first + 1, PreviousValue: true})
	if err := all(err, equal("start", start, first+1)); err != nil {
		return err
	}
	seen := []string{}
	for len(seen) < 2 {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		for _, e := range response.GetEvents().GetEvents() {
			seen = append(seen, change(e))
		}
	}
	if err := equal("events", seen, []string{
		fmt.Sprintf("%d PUT v1/past=2 was 1", first+1),
		fmt.Sprintf("%d PUT v1/past=3 was 2", first+2)}); err != nil {
		return err
	}
	cancel := &v1.WatchRequest{Request: &v1.WatchRequest_Cancel{Cancel: &v1.CancelWatch{WatchId: 5}}}
	if err := stream.Send(cancel); err != nil {
		return err
	}
	for {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		if cancelled := response.GetCancelled(); cancelled != nil {
			return all(
				equal("failure", cancelled.Failure == nil, true),
				equal("goes on at or behind", cancelled.NextRevision >= first+3, true))
		}
	}
}
