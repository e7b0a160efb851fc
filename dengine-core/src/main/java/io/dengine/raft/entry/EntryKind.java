package io.dengine.raft.entry;

/** What an entry is for. The code is part of the record format and never changes its meaning. */
public enum EntryKind {
    /** Carries no payload: opens a term, or moves cluster time on. */
    EMPTY(0),
    /** Carries a command for the state machine. */
    COMMAND(1),
    /** Carries a membership, in effect from the moment the entry is appended. */
    MEMBERSHIP(2);

    private static final EntryKind[] BY_CODE = {EMPTY, COMMAND, MEMBERSHIP};

    private final int code;

    EntryKind(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /**
     * @throws IllegalArgumentException for an unknown code: an entry of a newer version must never be skipped
     */
    public static EntryKind ofCode(int code) {
        if (code < 0 || code >= BY_CODE.length) {
            throw new IllegalArgumentException("unknown entry kind " + code);
        }
        return BY_CODE[code];
    }
}
