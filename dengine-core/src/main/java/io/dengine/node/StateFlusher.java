package io.dengine.node;

import io.dengine.statemachine.StateMachine;
import io.dengine.watch.EventHistory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the state durable while the applier goes on, so that the log in front of it can be purged. By the time it says so the
 * events of all that is durable are on disk too: most are synced before, those of the batches of meanwhile right behind. A power
 * loss between the two leaves a state that is ahead of the watch history, which then begins anew.
 */
final class StateFlusher implements Agent {

    private static final long NOTHING = -1;
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final StateMachine stateMachine;
    private final Supplier<EventHistory> history;
    private final Consumer<NodeEvent> completions;
    private final LongSupplier nanoClock;

    // Of the agent's thread.
    private long flushedIndex = NOTHING;
    private long flushedRevision;

    private volatile boolean asked;
    private volatile AgentRunner.@Nullable Handle handle;

    /**
     * @param stateMachine one that may be flushed beside its other calls
     * @param history the one that belongs to the present state
     */
    StateFlusher(
            StateMachine stateMachine,
            Supplier<EventHistory> history,
            Consumer<NodeEvent> completions,
            LongSupplier nanoClock) {
        this.stateMachine = stateMachine;
        this.history = history;
        this.completions = completions;
        this.nanoClock = nanoClock;
    }

    @Override
    public String name() {
        return "flush";
    }

    /** Called once, before anything is asked. */
    void attach(AgentRunner.Handle ownHandle) {
        handle = ownHandle;
    }

    /** Asks for a flush. Any thread. */
    void flush() {
        asked = true;
        AgentRunner.Handle own = handle;
        if (own != null) {
            own.wake();
        }
    }

    @Override
    public boolean doWork() {
        boolean worked = asked;
        if (asked) {
            asked = false;
            history.get().sync();
            flushedIndex = stateMachine.flush();
            flushedRevision = stateMachine.applied().revision();
        }
        // A batch is applied before its events are in the history: what is flushed may be a batch ahead.
        if (flushedIndex != NOTHING && history.get().newestRevision() >= flushedRevision) {
            history.get().sync();
            completions.accept(new NodeEvent.Flushed(flushedIndex));
            flushedIndex = NOTHING;
            worked = true;
        }
        return worked;
    }

    @Override
    public long nextDueNanos() {
        return flushedIndex == NOTHING ? Long.MAX_VALUE : nanoClock.getAsLong() + LOOK_AGAIN_NANOS;
    }

    /** Makes everything durable. Only once this agent and the applier have stopped. */
    void flushAll() {
        history.get().sync();
        stateMachine.flush();
    }
}
