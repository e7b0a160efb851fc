package io.dengine.sim;

import io.dengine.api.ByteSequence;

/** One write of one client, from call to answer. */
final class Operation {

    /** What its caller knows. */
    enum Fate {
        PENDING,
        ACKNOWLEDGED,
        REFUSED,
        INDETERMINATE
    }

    final String name;
    /** Whether it is a delete, which leaves nothing in the log that names its caller. */
    final boolean delete;

    final ByteSequence key;
    final long ttlMillis;
    final long calledNanos;

    /** The store revision that somebody could know of when this was called. */
    final long calledRevision;

    Fate fate = Fate.PENDING;
    /** Where it stands in the log; 0 if it was not seen there. */
    long index;
    /** When it was acknowledged, 0 if not. */
    long acknowledgedNanos;

    Operation(String name, boolean delete, ByteSequence key, long ttlMillis, long calledNanos, long calledRevision) {
        this.name = name;
        this.delete = delete;
        this.key = key;
        this.ttlMillis = ttlMillis;
        this.calledNanos = calledNanos;
        this.calledRevision = calledRevision;
    }

    @Override
    public String toString() {
        return name + " on " + key + " (" + fate + ", entry " + index + ")";
    }
}
