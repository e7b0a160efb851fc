package io.dengine.node;

import io.dengine.raft.entry.Entry;
import io.dengine.statemachine.StateMachine;
import io.dengine.watch.EventHistory;
import io.dengine.watch.WatchHub;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Keeps state, watches and answers in one order: a batch is applied, then its events are published, then the event loop
 * learns of it and answers. Its queue is bounded by the core, which hands out no more than it may until told that it
 * was applied.
 */
final class Applier implements Agent {

    private final StateMachine stateMachine;
    private final EventHistory history;
    private final WatchHub watches;
    private final Consumer<NodeEvent> completions;
    private final LongSupplier nanoClock;
    private final Queue<List<Entry>> queue = new ConcurrentLinkedQueue<>();
    private volatile boolean flushAsked;

    Applier(
            StateMachine stateMachine,
            EventHistory history,
            WatchHub watches,
            Consumer<NodeEvent> completions,
            LongSupplier nanoClock) {
        this.stateMachine = stateMachine;
        this.history = history;
        this.watches = watches;
        this.completions = completions;
        this.nanoClock = nanoClock;
    }

    @Override
    public String name() {
        return "apply";
    }

    /** Takes committed entries, in log order. Any thread. */
    void submit(List<Entry> committed) {
        queue.add(committed);
    }

    /** Asks for a flush of the state. Any thread. */
    void flush() {
        flushAsked = true;
    }

    @Override
    public boolean doWork() {
        boolean applied = applyQueued();
        if (flushAsked) {
            flushAsked = false;
            completions.accept(new NodeEvent.Flushed(flushNow()));
            return true;
        }
        return applied;
    }

    private boolean applyQueued() {
        List<Entry> batch = new ArrayList<>();
        for (List<Entry> entries = queue.poll(); entries != null; entries = queue.poll()) {
            batch.addAll(entries);
        }
        if (batch.isEmpty()) {
            return false;
        }
        StateMachine.Outcome outcome = stateMachine.apply(batch);
        watches.publish(outcome.events(), outcome.applied().revision(), nowMillis());
        completions.accept(new NodeEvent.Applied(outcome));
        return true;
    }

    /**
     * Makes the state durable and returns the index up to which the log is no longer needed. The history goes first:
     * events that the log can no longer raise again must be on disk before the state says so. Only the agent's own
     * thread, or any once it has stopped.
     */
    long flushNow() {
        history.sync();
        return stateMachine.flush();
    }

    private long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong());
    }
}
