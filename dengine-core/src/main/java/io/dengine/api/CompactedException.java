package io.dengine.api;

/** The history no longer reaches back to the revision asked for. */
public final class CompactedException extends RefusedException {

    private final long oldestRevision;

    /**
     * @param askedRevision the revision asked for
     * @param oldestRevision the oldest revision a watch can start from now
     */
    public CompactedException(long askedRevision, long oldestRevision) {
        super(
                Reason.COMPACTED,
                "revision " + askedRevision + " is no longer in the watch history, which starts at " + oldestRevision
                        + ": read the keys again and watch from the revision of that read + 1");
        this.oldestRevision = oldestRevision;
    }

    /** Returns the oldest revision a watch can start from now. */
    public long oldestRevision() {
        return oldestRevision;
    }
}
