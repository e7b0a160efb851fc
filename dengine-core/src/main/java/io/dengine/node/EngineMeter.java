package io.dengine.node;

import io.dengine.api.ReadConsistency;

/**
 * Gets durations and outcomes as they happen, for whoever keeps meters. Called on engine and caller threads: must be
 * fast, thread-safe, and must not throw.
 */
public interface EngineMeter {

    /** Keeps nothing. */
    EngineMeter NONE = new EngineMeter() {};

    /** What became of a proposal, as its caller learns it. */
    enum Outcome {
        APPLIED,
        REFUSED,
        INDETERMINATE,
        FATAL
    }

    /** A write was answered after {@code nanos}. */
    default void proposal(Outcome outcome, long nanos) {}

    /** A read was answered after {@code nanos}. */
    default void read(ReadConsistency consistency, long nanos) {}

    /** The log was flushed to disk within {@code nanos}. */
    default void fsync(long nanos) {}
}
