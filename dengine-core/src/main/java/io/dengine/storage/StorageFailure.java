package io.dengine.storage;

import org.jspecify.annotations.Nullable;

/** The disk did not do what was asked, or holds what it must not. The node that gets this leaves consensus. */
public final class StorageFailure extends RuntimeException {

    /** What went wrong. */
    public enum Kind {
        /** No space is left: nothing is lost, a restart with free space goes on. */
        DISK_FULL,
        /** A write, sync or rename failed. */
        IO,
        /** What is on disk is not what was written. */
        CORRUPT,
        /** The directory is in use, or belongs to another cluster or node. */
        MISPLACED
    }

    private final Kind kind;

    public StorageFailure(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
