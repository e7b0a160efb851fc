package io.dengine.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.entry.LogReader;
import java.util.List;
import org.junit.jupiter.api.Test;

class RaftLogTest {

    private static final int PAYLOAD_BYTES = 100;

    private final DiskLog disk = new DiskLog();
    private long readFromDisk;

    private final RaftLog log = new RaftLog(
            new LogReader() {
                @Override
                public EntryId base() {
                    return disk.base();
                }

                @Override
                public long baseClusterTimeMillis() {
                    return disk.baseClusterTimeMillis();
                }

                @Override
                public EntryId last() {
                    return disk.last();
                }

                @Override
                public long termAt(long index) {
                    return disk.termAt(index);
                }

                @Override
                public List<Entry> read(long fromIndex, long toIndexExclusive, long maxBytes) {
                    List<Entry> read = disk.read(fromIndex, toIndexExclusive, maxBytes);
                    readFromDisk += read.size();
                    return read;
                }
            },
            10 * PAYLOAD_BYTES);

    private void append(long index, boolean durable) {
        Entry entry = new Entry(1, index, 0, EntryKind.COMMAND, new byte[PAYLOAD_BYTES]);
        log.append(entry);
        disk.append(log.takeUnwritten());
        if (durable) {
            assertThat(log.onDurable(entry.id(), 1)).isTrue();
        }
    }

    @Test
    void whatIsCommittedAndDurableLeavesMemoryThoughNothingIsApplied() {
        for (long index = 1; index <= 100; index++) {
            append(index, true);
            log.evict(index, 0);
        }
        assertThat(log.read(1, 101, Long.MAX_VALUE)).hasSizeBetween(90, 99);
        assertThat(readFromDisk).isBetween(90L, 99L);
    }

    @Test
    void whatMayStillBeCutStaysInMemory() {
        for (long index = 1; index <= 100; index++) {
            append(index, true);
            log.evict(50, 0);
        }
        assertThat(log.read(51, 101, Long.MAX_VALUE)).hasSize(50);
        assertThat(readFromDisk).isZero();
    }

    @Test
    void whatIsNotDurableStaysInMemory() {
        for (long index = 1; index <= 100; index++) {
            append(index, index <= 30);
            log.evict(index, 0);
        }
        assertThat(log.read(31, 101, Long.MAX_VALUE)).hasSize(70);
        assertThat(readFromDisk).isZero();
    }

    @Test
    void whatNobodyNeedsLeavesAtOnce() {
        for (long index = 1; index <= 3; index++) {
            append(index, true);
        }
        log.evict(3, 2);

        assertThat(log.read(2, 4, Long.MAX_VALUE)).hasSize(2);
        assertThat(readFromDisk).isZero();
        assertThat(log.read(1, 4, Long.MAX_VALUE)).hasSize(1);
        assertThat(readFromDisk).isOne();
    }
}
