package io.dengine.node;

/**
 * A job done in turns, by one thread at a time. The turns may come from a thread of its own or, step by step, from a
 * simulator; the agent cannot tell.
 */
public interface Agent {

    /** Names the agent in thread names and logs. */
    String name();

    /**
     * Does what is due and returns whether there was anything. Never blocks longer than its disk does. What it throws
     * ends the node.
     */
    boolean doWork();

    /** Returns the monotonic time at which there is work even without a wake-up; {@link Long#MAX_VALUE} for none. */
    default long nextDueNanos() {
        return Long.MAX_VALUE;
    }
}
