package io.dengine.check;

/** A promise that a history can break. */
public enum Rule {
    /** What is committed follows from what was committed before: revisions, versions, previous values. */
    SEQUENCE,
    /** All nodes have the same changes at the same revision, hence the same state. */
    AGREEMENT,
    /** An acknowledged write made the change of its revision, and no other call claims that revision. */
    OWN_REVISION,
    /** Nothing stands before what had returned when it was called; so nothing is seen before it is called. */
    REAL_TIME,
    /** What a call saw is the state at the revision of its answer. */
    STATE,
    /** One call changes the store at most once. */
    ONCE,
    /** A call that was refused, or was told that nothing changed, changed nothing. */
    REFUSED_APPLIED,
    /** Nothing changes that nobody asked for. */
    PHANTOM,
    EXPIRY_EARLY,
    EXPIRY_LATE,
    /** A watch sees only what it asked for. */
    WATCH_FILTER,
    WATCH_ORDERED,
    WATCH_UNIQUE,
    /** The changes of one revision come together. */
    WATCH_ATOMIC,
    /** Nothing is left out between two deliveries. */
    WATCH_RELIABLE,
    /** A watch begins at the revision it was asked to begin at. */
    WATCH_RESUMABLE,
    /** Progress is never ahead of the data, and data never behind progress. */
    WATCH_BOOKMARKABLE,
    WATCH_PREVIOUS,
    /** A change says rightly whether it created the key. */
    WATCH_CREATED,
    /** An event is what was committed, in key and value. */
    WATCH_CONTENT,
    /** A watch sees nothing that is not committed. */
    WATCH_UNCOMMITTED,
    /** COMPACTED is said only where the next revision is really gone. */
    WATCH_COMPACTED,
    LOCK_DISJOINT,
    FENCING
}
