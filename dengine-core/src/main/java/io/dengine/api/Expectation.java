package io.dengine.api;

/** What a key must be for a compare-and-set to take effect. */
public sealed interface Expectation {

    /** The key must not exist. */
    static Expectation absent() {
        return new Absent();
    }

    /** The key must exist with exactly this value. */
    static Expectation value(ByteSequence value) {
        return new Value(value);
    }

    /** The key's last change must be this revision; 0 means that the key must not exist. */
    static Expectation modRevision(long revision) {
        return revision == 0 ? absent() : new ModRevision(revision);
    }

    /** The key does not exist. */
    record Absent() implements Expectation {}

    /**
     * The key has this value.
     *
     * @param value the value expected
     */
    record Value(ByteSequence value) implements Expectation {}

    /**
     * The key was last changed at this revision.
     *
     * @param revision the revision expected, above 0
     */
    record ModRevision(long revision) implements Expectation {
        public ModRevision {
            if (revision <= 0) {
                throw new IllegalArgumentException("modRevision must be above 0: " + revision);
            }
        }
    }
}
