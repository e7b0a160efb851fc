package io.dengine.node;

import io.dengine.config.DEngineConfig;
import io.dengine.raft.Raft;
import io.dengine.statemachine.StateMachine;
import io.dengine.storage.LogStore;
import io.dengine.transport.PeerTransport;
import io.dengine.watch.EventHistory;
import io.dengine.watch.WatchHub;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Everything a node is put together from; from then on the node owns it all and closes it.
 *
 * @param config the settings
 * @param raft the core, over {@code log}
 * @param log the durable log
 * @param stateMachine the state
 * @param history the past events, as of the state that it starts with
 * @param watches the watches over that history
 * @param snapshots what it needs to give and take snapshots
 * @param peers which storage may speak for which member; the transport asks it
 * @param transport the way to the peers, not yet started
 * @param callbacks where user code runs
 * @param runner gives the agents their turns, all but one
 * @param loopRunner gives the event loop its turns
 * @param nanoClock the monotonic clock
 * @param random for ids that must not repeat across restarts
 * @param meter gets durations and outcomes
 */
public record NodeParts(
        DEngineConfig config,
        Raft raft,
        LogStore log,
        StateMachine stateMachine,
        EventHistory history,
        WatchHub watches,
        SnapshotParts snapshots,
        PeerDirectory peers,
        PeerTransport transport,
        Executor callbacks,
        AgentRunner runner,
        AgentRunner loopRunner,
        LongSupplier nanoClock,
        RandomGenerator random,
        EngineMeter meter) {}
