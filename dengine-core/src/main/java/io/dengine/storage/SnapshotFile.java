package io.dengine.storage;

/**
 * One file of a snapshot.
 *
 * @param name its path below the snapshot's directory, parts joined by {@code /}: {@code state/...} or {@code history/...}
 * @param bytes its length; what lies behind it on disk does not belong to it
 * @param crc32c the checksum of those bytes
 */
public record SnapshotFile(String name, long bytes, int crc32c) {}
