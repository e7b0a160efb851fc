package io.dengine.node;

import java.time.Duration;

/** Gives agents their turns: threads in production, a scheduler under a virtual clock in the simulator. */
public interface AgentRunner {

    /**
     * Starts to give {@code agent} its turns.
     *
     * @param onFailure gets what a turn threw, on the agent's own thread; the agent gets no further turn
     */
    Handle start(Agent agent, FailureHandler onFailure);

    /** Gets what ended an agent. */
    interface FailureHandler {
        void failed(Agent agent, Throwable cause);
    }

    /** A running agent. */
    interface Handle {

        /** Makes sure that a turn begins after this call. Any thread; cheap when the agent is awake. */
        void wake();

        /** Ends the turns; returns whether the last one ended within {@code timeout}. */
        boolean stop(Duration timeout);
    }
}
