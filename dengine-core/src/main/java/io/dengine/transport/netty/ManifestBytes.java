package io.dengine.transport.netty;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipCodec;
import io.dengine.storage.SnapshotFile;
import io.dengine.storage.SnapshotManifest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A snapshot's manifest in a frame.
 *
 * <pre>
 * id 16 | term u64 | index u64 | cluster time u64 | revision u64 | state hash u64 | membership u32 + bytes
 * | store u16 + text | files u32, each: name u16 + text | length u64 | crc32c u32
 * </pre>
 */
final class ManifestBytes {

    private static final int MAX_NAME_BYTES = 1024;
    private static final int LEAST_FILE_BYTES = 2 + 8 + 4;
    private static final int FIXED_BYTES = 16 + 5 * 8 + 4 + 2 + 4;

    private ManifestBytes() {}

    static long lengthAtMost(SnapshotManifest manifest) {
        long length = (long) FIXED_BYTES + ByteBufUtil.utf8MaxBytes(manifest.store());
        length += MembershipCodec.encode(manifest.membership()).length;
        for (SnapshotFile file : manifest.files()) {
            length += (long) LEAST_FILE_BYTES + ByteBufUtil.utf8MaxBytes(file.name());
        }
        return length;
    }

    static void write(SnapshotManifest manifest, ByteBuf out) {
        Fields.write(manifest.id(), out);
        out.writeLong(manifest.last().term());
        out.writeLong(manifest.last().index());
        out.writeLong(manifest.clusterTimeMillis());
        out.writeLong(manifest.revision());
        out.writeLong(manifest.stateHash());
        byte[] membership = MembershipCodec.encode(manifest.membership());
        out.writeInt(membership.length);
        out.writeBytes(membership);
        Fields.write(manifest.store(), out);
        out.writeInt(manifest.files().size());
        for (SnapshotFile file : manifest.files()) {
            Fields.write(file.name(), out);
            out.writeLong(file.bytes());
            out.writeInt(file.crc32c());
        }
    }

    static SnapshotManifest read(ByteBuf in) throws MalformedFrameException {
        UUID id = Fields.readUuid(in);
        EntryId last = new EntryId(in.readLong(), in.readLong());
        long clusterTimeMillis = in.readLong();
        long revision = in.readLong();
        long stateHash = in.readLong();
        Membership membership = MembershipCodec.decode(Fields.readBytes(in, in.readInt()));
        String store = Fields.readText(in, MAX_NAME_BYTES);
        return new SnapshotManifest(id, last, clusterTimeMillis, revision, stateHash, membership, store, readFiles(in));
    }

    private static List<SnapshotFile> readFiles(ByteBuf in) throws MalformedFrameException {
        int count = in.readInt();
        if (count < 0 || count > in.readableBytes() / LEAST_FILE_BYTES) {
            throw new MalformedFrameException(count + " files announced in " + in.readableBytes() + " bytes");
        }
        List<SnapshotFile> files = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            SnapshotFile file = new SnapshotFile(Fields.readText(in, MAX_NAME_BYTES), in.readLong(), in.readInt());
            if (file.bytes() < 0) {
                throw new MalformedFrameException("a file of " + file.bytes() + " bytes");
            }
            files.add(file);
        }
        return files;
    }
}
