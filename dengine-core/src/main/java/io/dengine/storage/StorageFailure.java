package io.dengine.storage;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The disk did not do what was asked, or holds what it must not. Fatal: the node that gets this leaves consensus. */
public final class StorageFailure extends RuntimeException {

    /** What went wrong. */
    public enum Kind {
        /** No space is left: nothing is lost, a restart with free space goes on. */
        DISK_FULL,
        /** A read, write, sync or rename failed. */
        IO,
        /** What is on disk is not what was written, or something is missing. */
        CORRUPT,
        /** Written by another version of dengine, which this one must not guess at. */
        OTHER_FORMAT,
        /** The directory is in use by another process, or by another engine of this one. */
        LOCKED,
        /** The directory belongs to another cluster. */
        WRONG_CLUSTER,
        /** The directory belongs to another node of the cluster. */
        WRONG_NODE
    }

    private final Kind kind;

    public StorageFailure(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /**
     * Returns the failure that {@code cause} stands for: DISK_FULL where the system says so, IO otherwise.
     *
     * @param action what was being done, as in "syncing the log"
     */
    public static StorageFailure of(String action, IOException cause) {
        if (saysDiskFull(cause)) {
            return new StorageFailure(
                    Kind.DISK_FULL,
                    "No space left while " + action + ": " + cause.getMessage()
                            + ". Nothing that was acknowledged is lost. Free some space, then restart this node.",
                    cause);
        }
        return new StorageFailure(
                Kind.IO,
                "The disk failed while " + action + ": " + cause
                        + ". Check the device and the kernel's log, then restart this node.",
                cause);
    }

    /** Java has no error code for a full disk or quota: the system's text is all there is. */
    private static boolean saysDiskFull(IOException cause) {
        String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        return message.contains("no space left")
                || message.contains("not enough space")
                || message.contains("quota exceeded");
    }

    public Kind kind() {
        return kind;
    }
}
