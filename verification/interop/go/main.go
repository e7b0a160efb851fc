// Command interop runs clients made from the .proto files alone against nodes of dengine. Arguments: the script that runs the
// nodes, then the API port of each node. Nobody else writes, so revisions are exact.
package main

import "os"

func main() {
	nodes := &nodes{script: os.Args[1], ports: os.Args[2:]}
	r := &report{}
	r.check("every node becomes healthy", nodes.becomeHealthy)
	r.check("reflection names the services and their files", nodes.reflect)

	r.check("the quick start of docs/clients.md", func(ctx ctx) error { return quickStart(ctx, nodes.address(1)) })

	c := newCompat(nodes)
	r.check("d-engine: the flow of its Go example, from each node", c.quickStart)
	r.check("d-engine: cluster metadata and leader", c.cluster)
	r.check("d-engine: get in three consistencies", c.consistencies)
	r.check("d-engine: multi-get leaves out missing keys", c.multiGet)
	r.check("d-engine: delete", c.delete)
	r.check("d-engine: cas in its four cases", c.compareAndSwap)
	r.check("d-engine: ttl expires with an event", c.ttl)
	r.check("d-engine: scan", c.scan)
	r.check("d-engine: watch, prefix watch with previous values", c.watch)
	r.check("d-engine: what is refused", c.refusals)

	n := newNative(nodes)
	r.check("v1: put, then get in three consistencies", n.get)
	r.check("v1: multi-get with missing keys", n.getAll)
	r.check("v1: delete", n.delete)
	r.check("v1: cas by absence, value and revision", n.compareAndSet)
	r.check("v1: ttl", n.ttl)
	r.check("v1: scan by pages", n.scan)
	r.check("v1: a failure carries its class and reason", n.failures)
	r.check("v1: exchange, 2,000 operations in frames", n.exchange)
	r.check("v1: exchange ends when the client has no more", n.exchangeEnds)
	r.check("v1: many watches on one stream", n.watch)
	r.check("v1: a watch from a past revision, and its cancel", n.watchPast)
	r.check("v1: members, leader and status of each node", n.cluster)
	r.check("v1: leadership is handed over", n.transfer)

	r.check("both: watches through a leader crash, kill -9 while writing", func(ctx ctx) error { return leaderCrash(ctx, nodes) })
	r.check("a killed node becomes healthy again", nodes.becomeHealthy)
	r.check("d-engine: membership watch while a node joins", func(ctx ctx) error { return joining(ctx, nodes) })
	r.check("v1: demotion, promotion, removal", n.leave)
	r.check("both: without a quorum", func(ctx ctx) error { return withoutQuorum(ctx, nodes) })
	os.Exit(r.end())
}
