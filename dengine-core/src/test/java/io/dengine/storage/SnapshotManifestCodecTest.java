package io.dengine.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotManifestCodecTest {

    private static SnapshotManifest manifest(List<SnapshotFile> files) {
        NodeId one = NodeId.of(1);
        NodeId two = NodeId.of(2);
        Membership membership = Membership.ofVoters(new TreeMap<>(Map.of(
                one,
                Member.of(one, "a:7400", new UUID(1, 2)),
                two,
                Member.of(two, "b\u00fc:7400", null).withReplaces(one))));
        return new SnapshotManifest(new UUID(-3, 4), new EntryId(5, 6), 7, 8, -9, membership, "rocksdb", files);
    }

    private static final SnapshotManifest SMALL = manifest(List.of(
            new SnapshotFile("history/events-1", 0, 0),
            new SnapshotFile("state/000012.sst", SnapshotFile.MAX_BYTES, -1),
            new SnapshotFile("state/CURRENT", 16, 12345)));

    @Test
    void manifestIsReadBackAsItWasWritten() {
        for (SnapshotManifest manifest : List.of(SMALL, manifest(List.of()))) {
            byte[] bytes = SnapshotManifestCodec.encode(manifest);
            assertThat(SnapshotManifestCodec.decode(bytes)).isEqualTo(manifest);
        }
    }

    @Test
    void mostFilesWithTheLongestNamesFit() {
        List<SnapshotFile> files = new ArrayList<>();
        for (int i = 0; i < SnapshotManifest.MAX_FILES; i++) {
            files.add(new SnapshotFile("state/" + String.format("%0128d", i), SnapshotFile.MAX_BYTES, i));
        }
        SnapshotManifest largest = manifest(files);
        assertThat(largest.sizeBytes()).isEqualTo(SnapshotManifest.MAX_FILES * SnapshotFile.MAX_BYTES);
        byte[] bytes = SnapshotManifestCodec.encode(largest);
        assertThat(bytes).hasSizeLessThan(16 << 20);
        assertThat(SnapshotManifestCodec.decode(bytes)).isEqualTo(largest);
        files.add(new SnapshotFile("state/x", 1, 1));
        assertThatThrownBy(() -> manifest(files)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "state",
                "state/",
                "/state/a",
                "other/a",
                "state/..",
                "state/.hidden",
                "state/a/b",
                "state/../identity",
                "state\\a",
                "history/a b",
                "history/a\u0000",
                "history/\u00fc",
                "State/a",
                "state/a\n",
                "../state/a"
            })
    void nameThatLeadsElsewhereIsRefused(String name) {
        assertThatThrownBy(() -> new SnapshotFile(name, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void illFormedManifestsAreRefused() {
        SnapshotFile a = new SnapshotFile("state/a", 1, 1);
        SnapshotFile b = new SnapshotFile("state/b", 1, 1);
        assertThatThrownBy(() -> manifest(List.of(b, a))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> manifest(List.of(a, a))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new SnapshotFile("state/a", -1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new SnapshotFile("state/a", SnapshotFile.MAX_BYTES + 1, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new SnapshotFile("state/" + "a".repeat(129), 1, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyFlippedBitAndEveryCutIsNoticed() {
        byte[] bytes = SnapshotManifestCodec.encode(SMALL);
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] rotten = bytes.clone();
            rotten[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> SnapshotManifestCodec.decode(rotten)).isInstanceOf(IllegalArgumentException.class);
        }
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> SnapshotManifestCodec.decode(cut)).isInstanceOf(IllegalArgumentException.class);
        }
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        assertThatThrownBy(() -> SnapshotManifestCodec.decode(longer)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Whoever can compute a checksum gets no further than to another well-formed manifest. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatIsDecodedEncodesToTheSameBytes(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] whole = SnapshotManifestCodec.encode(SMALL);
        int decoded = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] bytes =
                    random.nextInt(20) == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length + 9)) : whole.clone();
            for (int changes = random.nextInt(1, 4); changes > 0 && bytes.length > 0; changes--) {
                int at = random.nextInt(bytes.length);
                bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : bytes[at] + random.nextInt(-2, 3));
            }
            seal(bytes);
            try {
                assertThat(SnapshotManifestCodec.encode(SnapshotManifestCodec.decode(bytes)))
                        .isEqualTo(bytes);
                decoded++;
            } catch (IllegalArgumentException refused) {
                assertThat(refused).hasMessageNotContaining("null");
            }
        }
        assertThat(decoded).isPositive();
    }

    private static void seal(byte[] bytes) {
        if (bytes.length >= 4) {
            CRC32C crc = new CRC32C();
            crc.update(bytes, 0, bytes.length - 4);
            ByteBuffer.wrap(bytes).putInt(bytes.length - 4, (int) crc.getValue());
        }
    }
}
