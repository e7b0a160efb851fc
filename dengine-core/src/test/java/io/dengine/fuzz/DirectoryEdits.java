package io.dengine.fuzz;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Bytes taken as damage to the files of a directory, one edit after the other; what is missing at the end counts as
 * zeros.
 *
 * <pre>
 * edit    kind u8 | file u8 | offset u16 | length u8 | what the kind needs
 * </pre>
 */
final class DirectoryEdits {

    private static final int SECTOR_BYTES = 512;
    private static final int MOST_EDITS = 40;

    /** What the fuzzer may do to a file; both numbers modulo what is there. */
    enum Kind {
        FLIP,
        ZERO_SECTOR,
        CUT,
        DELETE,
        MISDIRECT,
        OVERWRITE,
        REPLACE,
        RENAME,
        SEAL
    }

    /** Damage that leaves nothing on the disk which the engine did not write. */
    private static final Set<Kind> LOSSES = Set.of(Kind.FLIP, Kind.ZERO_SECTOR, Kind.CUT, Kind.DELETE, Kind.MISDIRECT);

    private final ByteBuffer in;
    private final Map<String, byte[]> files;
    private final String[] names;
    private boolean forged;

    /** {@code names} are those that an edit can give a file; {@code files} is changed. */
    DirectoryEdits(byte[] input, Map<String, byte[]> files, String[] names) {
        this.in = ByteBuffer.wrap(input);
        this.files = files;
        this.names = names;
    }

    /** Returns whether anything was written that the engine never wrote, so that checksums prove nothing. */
    boolean forged() {
        return forged;
    }

    void apply() {
        for (int i = 0; i < MOST_EDITS && in.hasRemaining(); i++) {
            Kind kind = Kind.values()[number(1) % Kind.values().length];
            String name = names[number(1) % names.length];
            int offset = number(2);
            int length = number(1);
            forged |= !LOSSES.contains(kind);
            byte[] old = files.get(name);
            if (kind == Kind.REPLACE) {
                files.put(name, bytes(length));
            } else if (old != null) {
                apply(kind, name, old.clone(), old.length == 0 ? 0 : offset % old.length, length);
            }
        }
    }

    private void apply(Kind kind, String name, byte[] old, int offset, int length) {
        int sector = offset / SECTOR_BYTES * SECTOR_BYTES;
        int sectorEnd = Math.min(old.length, sector + SECTOR_BYTES);
        switch (kind) {
            case FLIP -> {
                if (old.length > 0) {
                    old[offset] ^= (byte) (1 << (length % 8));
                    files.put(name, old);
                }
            }
            case ZERO_SECTOR -> {
                Arrays.fill(old, sector, sectorEnd, (byte) 0);
                files.put(name, old);
            }
            case CUT -> files.put(name, Arrays.copyOf(old, offset));
            case DELETE -> files.remove(name);
            case MISDIRECT -> {
                byte[] other = files.get(names[length % names.length]);
                if (other != null && other.length >= sectorEnd) {
                    System.arraycopy(other, sector, old, sector, sectorEnd - sector);
                    files.put(name, old);
                }
            }
            case OVERWRITE -> {
                byte[] bytes = bytes(Math.min(length, old.length - offset));
                System.arraycopy(bytes, 0, old, offset, bytes.length);
                files.put(name, old);
            }
            case RENAME -> {
                files.remove(name);
                files.put(names[length % names.length], old);
            }
            case SEAL -> files.put(name, sealed(name, old));
            default -> throw new AssertionError(kind);
        }
    }

    private static byte[] sealed(String name, byte[] bytes) {
        if (name.endsWith(".log")) {
            return Checksums.ofLogSegment(bytes);
        } else if (name.startsWith("history/")) {
            return Checksums.ofEventSegment(bytes);
        } else if (name.endsWith("hard-state")) {
            return Checksums.ofHardState(bytes);
        }
        return Checksums.ofText(bytes);
    }

    private int number(int byteCount) {
        int number = 0;
        for (int i = 0; i < byteCount; i++) {
            number = number << 8 | (in.hasRemaining() ? Byte.toUnsignedInt(in.get()) : 0);
        }
        return number;
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        in.get(bytes, 0, Math.min(count, in.remaining()));
        return bytes;
    }

    /** Returns the bytes of one edit. */
    static byte[] edit(Kind kind, String name, int offset, int length, String[] names) {
        int file = Arrays.asList(names).indexOf(name);
        return new byte[] {
            (byte) Arrays.asList(Kind.values()).indexOf(kind),
            (byte) file,
            (byte) (offset >> 8),
            (byte) offset,
            (byte) length
        };
    }

    /** Returns the names in the order that edits number them by. */
    static String[] names(Set<String> existing, String... others) {
        TreeSet<String> sorted = new TreeSet<>(existing);
        String[] names = sorted.toArray(String[]::new);
        String[] all = Arrays.copyOf(names, names.length + others.length);
        System.arraycopy(others, 0, all, names.length, others.length);
        return all;
    }
}
