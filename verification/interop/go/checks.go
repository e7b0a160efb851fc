package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// report prints one line for each check.
type report struct{ passed, failed int }

// check runs one check, which may take a minute.
func (r *report) check(name string, check func(ctx context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	begin := time.Now()
	if err := check(ctx); err != nil {
		r.failed++
		fmt.Printf("FAILED %s: %v\n", name, err)
		return
	}
	r.passed++
	fmt.Printf("ok     %s (%d ms)\n", name, time.Since(begin).Milliseconds())
}

func (r *report) end() int {
	fmt.Printf("go: %d checks passed, %d failed\n", r.passed, r.failed)
	return min(r.failed, 1)
}

// nodes are the nodes as the script runs them.
type nodes struct {
	script string
	ports  []string
}

func (n *nodes) address(node uint32) string { return "127.0.0.1:" + n.ports[node-1] }

// dial opens a connection to one node, as any gRPC program does.
func (n *nodes) dial(node uint32) *grpc.ClientConn {
	conn, err := grpc.NewClient(n.address(node), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		panic(err)
	}
	return conn
}

func (n *nodes) start(node uint32) error { return n.order("start", node) }

// kill ends a node with SIGKILL.
func (n *nodes) kill(node uint32) error { return n.order("kill", node) }

func (n *nodes) order(order string, node uint32) error {
	command := exec.Command(n.script, "node", order, fmt.Sprint(node))
	command.Stderr = os.Stderr
	return command.Run()
}

// equal returns an error unless both are equal.
func equal[T any](what string, actual, expected T) error {
	if reflect.DeepEqual(actual, expected) {
		return nil
	}
	return fmt.Errorf("%s is %v, not %v", what, actual, expected)
}

// hasCode returns an error unless err is a status of this code.
func hasCode(what string, err error, code codes.Code) error {
	return equal("the status of "+what, status.Code(err), code)
}

// eventually tries again until attempt returns no error, for twenty seconds.
func eventually(attempt func() error) error {
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := attempt()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not within twenty seconds: %w", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// all returns the errors of what has one.
func all(errs ...error) error { return errors.Join(errs...) }
