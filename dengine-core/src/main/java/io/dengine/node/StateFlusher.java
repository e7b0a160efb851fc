package io.dengine.node;

import io.dengine.statemachine.StateMachine;
import io.dengine.watch.EventHistory;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes the state durable while the applier goes on, so that the log in front of it can be purged. */
final class StateFlusher implements Agent {

    private final StateMachine stateMachine;
    private final Supplier<EventHistory> history;
    private final Consumer<NodeEvent> completions;
    private volatile boolean asked;
    private volatile AgentRunner.@Nullable Handle handle;

    /**
     * @param stateMachine one that may be flushed beside its other calls
     * @param history the one that belongs to the present state
     */
    StateFlusher(StateMachine stateMachine, Supplier<EventHistory> history, Consumer<NodeEvent> completions) {
        this.stateMachine = stateMachine;
        this.history = history;
        this.completions = completions;
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
        if (!asked) {
            return false;
        }
        asked = false;
        completions.accept(new NodeEvent.Flushed(flushNow()));
        return true;
    }

    /**
     * Makes the state durable and returns the index up to which the log is no longer needed. Events that the log can no longer
     * raise again are on disk by then: most of them before the state says so, those of meanwhile right behind it. Only the
     * agent's own thread, or any once it has stopped.
     */
    long flushNow() {
        EventHistory events = history.get();
        events.sync();
        long index = stateMachine.flush();
        events.sync();
        return index;
    }
}
