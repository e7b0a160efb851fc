package io.dengine.storage;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipCodec;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The bytes of a {@link SnapshotManifest}, on disk and on the wire. One manifest has one encoding. Stateless.
 *
 * <pre>
 * byte version (1) | id u128 | term u64 | index u64 | clusterTimeMillis u64 | revision u64 | stateHash u64
 * | length u32, membership ({@link MembershipCodec}) | length u8, store in ASCII
 * | files u32, for each by ascending name: length u8, name in ASCII | bytes u64 | CRC32C u32
 * | CRC32C of all before u32
 * </pre>
 */
public final class SnapshotManifestCodec {

    private static final byte VERSION = 1;
    private static final int FIXED_BYTES = 1 + 16 + 5 * 8 + 4 + 1 + 4 + 4;
    private static final int FIXED_FILE_BYTES = 1 + 8 + 4;

    private SnapshotManifestCodec() {}

    public static byte[] encode(SnapshotManifest manifest) {
        byte[] membership = MembershipCodec.encode(manifest.membership());
        int length = FIXED_BYTES + membership.length + manifest.store().length();
        for (SnapshotFile file : manifest.files()) {
            length += FIXED_FILE_BYTES + file.name().length();
        }
        ByteBuffer out = ByteBuffer.allocate(length);
        out.put(VERSION)
                .putLong(manifest.id().getMostSignificantBits())
                .putLong(manifest.id().getLeastSignificantBits())
                .putLong(manifest.last().term())
                .putLong(manifest.last().index())
                .putLong(manifest.clusterTimeMillis())
                .putLong(manifest.revision())
                .putLong(manifest.stateHash())
                .putInt(membership.length)
                .put(membership);
        putText(out, manifest.store());
        out.putInt(manifest.files().size());
        for (SnapshotFile file : manifest.files()) {
            putText(out, file.name());
            out.putLong(file.bytes()).putInt(file.crc32c());
        }
        return out.putInt(checksum(out.array(), out.position())).array();
    }

    private static void putText(ByteBuffer out, String text) {
        out.put((byte) text.length()).put(text.getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * @throws IllegalArgumentException if the bytes are no manifest that this version could have written
     */
    public static SnapshotManifest decode(byte[] bytes) {
        require(bytes.length >= FIXED_BYTES, "it ends early");
        require(bytes[0] == VERSION, "its version is " + bytes[0]);
        int checked = bytes.length - 4;
        ByteBuffer in = ByteBuffer.wrap(bytes);
        require(in.getInt(checked) == checksum(bytes, checked), "its checksum does not match");
        try {
            SnapshotManifest manifest = decode(in.position(1).limit(checked));
            require(!in.hasRemaining(), "bytes follow it");
            return manifest;
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("ill-formed manifest of a snapshot: it ends early", e);
        }
    }

    private static SnapshotManifest decode(ByteBuffer in) {
        UUID id = new UUID(in.getLong(), in.getLong());
        EntryId last = new EntryId(in.getLong(), in.getLong());
        long clusterTimeMillis = in.getLong();
        long revision = in.getLong();
        long stateHash = in.getLong();
        Membership membership = MembershipCodec.decode(take(in, in.getInt()));
        String store = text(in);
        int count = in.getInt();
        require(count >= 0 && count <= SnapshotManifest.MAX_FILES, "it has " + count + " files");
        List<SnapshotFile> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            files.add(new SnapshotFile(text(in), in.getLong(), in.getInt()));
        }
        return new SnapshotManifest(id, last, clusterTimeMillis, revision, stateHash, membership, store, files);
    }

    /** Characters outside ASCII become U+FFFD, which no name may hold. */
    private static String text(ByteBuffer in) {
        return new String(take(in, Byte.toUnsignedInt(in.get())), StandardCharsets.US_ASCII);
    }

    private static byte[] take(ByteBuffer in, int length) {
        require(length >= 0 && length <= in.remaining(), "a part of " + length + " bytes does not fit");
        byte[] part = new byte[length];
        in.get(part);
        return part;
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalArgumentException("ill-formed manifest of a snapshot: " + problem);
        }
    }
}
