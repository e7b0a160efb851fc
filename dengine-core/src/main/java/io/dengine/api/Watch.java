package io.dengine.api;

/** A running watch. Thread-safe. */
public interface Watch extends AutoCloseable {

    /** Returns the first revision this watch delivers: everything that matches from it on arrives, nothing before it. */
    long startRevision();

    /**
     * Ends the watch. No call of its listener begins after this returns; idempotent. Waits for a call that runs on
     * another thread, unless this is called from within a listener.
     */
    @Override
    void close();
}
