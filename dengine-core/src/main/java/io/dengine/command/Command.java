package io.dengine.command;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;

/** One change of the replicated state, as a client asked for it. Deterministic: it holds all that apply needs. */
public sealed interface Command {

    ByteSequence key();

    /**
     * Sets a key.
     *
     * @param key the key
     * @param value the value
     * @param ttlMillis the time to live in cluster time, above 0; or 0 for no limit
     */
    record Put(ByteSequence key, ByteSequence value, long ttlMillis) implements Command {}

    /**
     * Deletes a key.
     *
     * @param key the key
     */
    record Delete(ByteSequence key) implements Command {}

    /**
     * Sets a key if it is as expected.
     *
     * @param key the key
     * @param expected what it must be
     * @param value the value to set
     * @param ttlMillis as in {@link Put}
     */
    record CompareAndSet(ByteSequence key, Expectation expected, ByteSequence value, long ttlMillis)
            implements Command {}
}
