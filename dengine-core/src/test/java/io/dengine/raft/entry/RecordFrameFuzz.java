package io.dengine.raft.entry;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.fuzz.Checksums;
import io.dengine.fuzz.FuzzTarget;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Records one behind the other: each reads back as the bytes it came from, or is not taken. */
final class RecordFrameFuzz implements FuzzTarget {

    @Override
    public boolean accepts(byte[] input) {
        boolean asIs = reads(input);
        boolean sealed = reads(Checksums.ofRecords(input, 0));
        return asIs || sealed;
    }

    private static boolean reads(byte[] input) {
        ByteBuffer source = ByteBuffer.wrap(input);
        while (source.hasRemaining()) {
            int start = source.position();
            RecordFrame.Decoded examined = RecordFrame.examine(source);
            RecordFrame.Decoded decoded = RecordFrame.decode(source);
            if (decoded instanceof RecordFrame.Decoded.Whole whole) {
                ByteBuffer again = ByteBuffer.allocate(RecordFrame.encodedLength(whole.entry()));
                RecordFrame.encode(whole.entry(), again);
                assertThat(again.flip()).isEqualTo(source.slice(start, source.position() - start));
                assertThat(examined)
                        .isEqualTo(new RecordFrame.Decoded.Sound(whole.entry().id(), again.limit()));
            } else {
                assertThat(source.position()).isEqualTo(start);
                assertThat(examined).isEqualTo(decoded);
                if (decoded instanceof RecordFrame.Decoded.Incomplete incomplete) {
                    assertThat(incomplete.missingBytes()).isBetween(1, RecordFrame.MAX_BYTES);
                }
                return false;
            }
        }
        return true;
    }

    @Override
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        ByteBuffer all = ByteBuffer.allocate(1000);
        for (EntryKind kind : EntryKind.values()) {
            Entry entry = new Entry(3, 9, 1_000, kind, new byte[kind == EntryKind.EMPTY ? 0 : 7]);
            ByteBuffer one = ByteBuffer.allocate(RecordFrame.encodedLength(entry));
            RecordFrame.encode(entry, one);
            seeds.add(one.array());
            all.put(one.flip());
        }
        byte[] together = new byte[all.flip().remaining()];
        all.get(together);
        seeds.add(together);
        return seeds;
    }
}
