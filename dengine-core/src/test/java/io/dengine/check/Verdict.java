package io.dengine.check;

/** What a search came to. */
public enum Verdict {
    /** An order was found in which every answer is right. */
    LINEARIZABLE,
    /** There is no such order. */
    ILLEGAL,
    /** The budget ran out. Never counted as passed. */
    UNKNOWN
}
