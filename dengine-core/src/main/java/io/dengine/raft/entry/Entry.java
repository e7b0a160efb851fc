package io.dengine.raft.entry;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One place in the replicated log. Immutable: the payload array belongs to the entry and nobody writes to it.
 *
 * @param term the term of the leader that created it, above 0
 * @param index its place in the log, above 0
 * @param clusterTimeMillis the leader's cluster time when it was created; never smaller than its predecessor's
 * @param kind what it is for
 * @param payload the command's bytes; empty if kind is EMPTY
 */
@SuppressWarnings("ArrayRecordComponent") // hot path: equals and hashCode below go by content
public record Entry(long term, long index, long clusterTimeMillis, EntryKind kind, byte[] payload) {

    public Entry {
        requireWellFormed(term, index, clusterTimeMillis);
    }

    static void requireWellFormed(long term, long index, long clusterTimeMillis) {
        if (term <= 0 || index <= 0 || clusterTimeMillis < 0) {
            throw new IllegalArgumentException(
                    "ill-formed entry: term " + term + ", index " + index + ", cluster time " + clusterTimeMillis);
        }
    }

    public EntryId id() {
        return new EntryId(term, index);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Entry that
                && term == that.term
                && index == that.index
                && clusterTimeMillis == that.clusterTimeMillis
                && kind == that.kind
                && Arrays.equals(payload, that.payload);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(term * 31 + index);
    }

    @Override
    public String toString() {
        return kind + " " + term + "/" + index + " @" + clusterTimeMillis + " (" + payload.length + " bytes)";
    }
}
