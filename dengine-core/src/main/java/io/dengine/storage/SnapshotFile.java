package io.dengine.storage;

import java.util.regex.Pattern;

/**
 * One file of a snapshot. A constructed one names no place outside a snapshot's directory, whoever sent it.
 *
 * @param name its path below the snapshot's directory: {@code state/} or {@code history/} and a name of 1 to 128 letters,
 *     digits, dots, dashes and underscores, the first one no dot
 * @param bytes its length, 0 to {@link #MAX_BYTES}; what lies behind it on disk does not belong to it
 * @param crc32c the checksum of those bytes
 */
public record SnapshotFile(String name, long bytes, int crc32c) {

    /** The largest file: 64 TiB. With {@link SnapshotManifest#MAX_FILES} a sum of lengths stays in range. */
    public static final long MAX_BYTES = 1L << 46;

    private static final Pattern NAME = Pattern.compile("(state|history)/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}");

    public SnapshotFile {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("no name of a file in a snapshot: '" + name + "'");
        }
        if (bytes < 0 || bytes > MAX_BYTES) {
            throw new IllegalArgumentException("the file " + name + " of a snapshot has " + bytes + " bytes");
        }
    }
}
