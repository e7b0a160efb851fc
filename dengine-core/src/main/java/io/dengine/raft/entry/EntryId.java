package io.dengine.raft.entry;

/**
 * Names one entry for ever: no two different entries share term and index. Ordered by term, then index, which is
 * Raft's "at least as up-to-date" (Raft paper, section 5.4.1).
 *
 * @param term the term the entry was created in; 0 only together with index 0
 * @param index its place in the log, from 1; 0 stands before the first entry
 */
public record EntryId(long term, long index) implements Comparable<EntryId> {

    /** Stands before the first entry. */
    public static final EntryId ZERO = new EntryId(0, 0);

    public EntryId {
        if (term < 0 || index < 0 || (term == 0 && index != 0)) {
            throw new IllegalArgumentException("ill-formed entry id: term " + term + ", index " + index);
        }
    }

    @Override
    public int compareTo(EntryId other) {
        int byTerm = Long.compare(term, other.term);
        return byTerm != 0 ? byTerm : Long.compare(index, other.index);
    }

    @Override
    public String toString() {
        return term + "/" + index;
    }
}
