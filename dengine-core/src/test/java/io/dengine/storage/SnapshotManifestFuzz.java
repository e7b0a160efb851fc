package io.dengine.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.fuzz.Checksums;
import io.dengine.fuzz.FuzzTarget;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** A manifest: what is taken has these bytes and no others, and names no file outside its directory. */
final class SnapshotManifestFuzz implements FuzzTarget {

    private static final Path DIRECTORY = Path.of("staging");

    @Override
    public boolean accepts(byte[] input) {
        boolean asIs = decodes(input);
        boolean sealed = decodes(Checksums.ofManifest(input, 0));
        return asIs || sealed;
    }

    private static boolean decodes(byte[] input) {
        SnapshotManifest manifest;
        try {
            manifest = SnapshotManifestCodec.decode(input);
        } catch (IllegalArgumentException refused) {
            return false;
        }
        assertThat(SnapshotManifestCodec.encode(manifest)).isEqualTo(input);
        assertThat(SnapshotManifestCodec.lengthOf(manifest)).isEqualTo(input.length);
        assertThat(manifest.sizeBytes()).isNotNegative();
        for (SnapshotFile file : manifest.files()) {
            Path path = DIRECTORY.resolve(file.name());
            assertThat(path.normalize()).isEqualTo(path);
            assertThat(path.getParent().getParent()).isEqualTo(DIRECTORY);
        }
        return true;
    }

    @Override
    public List<byte[]> seeds() {
        Membership membership = Membership.ofVoters(Set.of(NodeId.of(1), NodeId.of(2)));
        List<SnapshotFile> files = List.of(
                new SnapshotFile("history/events-1", 700, 7),
                new SnapshotFile("state/000012.sst", 3000, -1),
                new SnapshotFile("state/CURRENT", 0, 0));
        SnapshotManifest manifest =
                new SnapshotManifest(new UUID(1, 2), new EntryId(5, 90), 500, 7, 8, membership, "rocksdb", files);
        return List.of(
                SnapshotManifestCodec.encode(manifest), SnapshotManifestCodec.encode(manifest.withFiles(List.of())));
    }
}
