package io.dengine.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.entry.RecordFrame;
import io.dengine.raft.membership.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every log store must do. An implementation opens the same place again at each call of {@link #open}. */
public abstract class LogStoreContract {

    private LogStore store;

    /** Opens the store of this test, which the last one of it has closed. Its segments, if any, are small. */
    protected abstract LogStore open();

    @BeforeEach
    void openFirst() {
        store = open();
    }

    @AfterEach
    void closeLast() {
        store.close();
    }

    private void reopen() {
        store.close();
        store = open();
    }

    public static Entry entry(long term, long index, int payloadBytes) {
        byte[] payload = new byte[payloadBytes];
        new SplittableRandom(term * 31 + index).nextBytes(payload);
        return new Entry(term, index, index * 10 + term, EntryKind.COMMAND, payload);
    }

    /** Entries of one term, {@code first} to {@code last}, both included. */
    public static List<Entry> entries(long term, long first, long last) {
        List<Entry> entries = new ArrayList<>();
        for (long index = first; index <= last; index++) {
            entries.add(entry(term, index, (int) (index % 7) * 10));
        }
        return entries;
    }

    @Test
    void newStoreIsEmpty() {
        assertThat(store.base()).isEqualTo(EntryId.ZERO);
        assertThat(store.last()).isEqualTo(EntryId.ZERO);
        assertThat(store.baseClusterTimeMillis()).isZero();
        assertThat(store.termAt(0)).isZero();
        assertThat(store.hardState()).isEqualTo(HardState.INITIAL);
    }

    @Test
    void hardStateSurvivesReopening() {
        store.save(new HardState(3, NodeId.of(2)));
        store.save(new HardState(4, null));
        store.save(new HardState(4, NodeId.of(5)));
        assertThat(store.hardState()).isEqualTo(new HardState(4, NodeId.of(5)));
        reopen();
        assertThat(store.hardState()).isEqualTo(new HardState(4, NodeId.of(5)));
    }

    @Test
    void emptyPayloadAndEmptyKindAreKept() {
        Entry empty = new Entry(1, 1, 5, EntryKind.EMPTY, new byte[0]);
        Entry command = new Entry(1, 2, 5, EntryKind.COMMAND, new byte[0]);
        store.append(List.of(empty, command));
        reopen();
        assertThat(store.read(1, 3, 0)).containsExactly(empty, command);
    }

    @Test
    void readEndsWhereTheBytesEnd() {
        store.append(List.of(entry(1, 1, 100), entry(1, 2, 100), entry(1, 3, 100)));
        assertThat(store.read(1, 4, 0)).hasSize(1);
        assertThat(store.read(1, 4, 199)).hasSize(1);
        assertThat(store.read(1, 4, 200)).hasSize(2);
        assertThat(store.read(1, 3, 300)).hasSize(2);
        assertThat(store.read(1, 4, 300)).hasSize(3);
    }

    @Test
    void appendBelowTheLastCutsTheRest() {
        store.append(entries(1, 1, 40));
        store.sync();
        List<Entry> later = entries(2, 5, 6);
        store.append(later);
        assertThat(store.last()).isEqualTo(new EntryId(2, 6));
        assertThat(store.termAt(4)).isEqualTo(1);
        assertThat(store.termAt(5)).isEqualTo(2);
        assertThatThrownBy(() -> store.termAt(7)).isInstanceOf(IllegalArgumentException.class);
        reopen();
        assertThat(store.last()).isEqualTo(new EntryId(2, 6));
        assertThat(store.read(5, 7, 1000)).isEqualTo(later);
    }

    @Test
    void wholeLogCanBeReplaced() {
        store.append(entries(1, 1, 40));
        store.append(entries(3, 1, 2));
        reopen();
        assertThat(store.read(1, 3, 1000)).isEqualTo(entries(3, 1, 2));
        assertThat(store.last()).isEqualTo(new EntryId(3, 2));
    }

    @Test
    void purgeKeepsWhatIsAboveAndRemembersWhereItBegins() {
        store.append(entries(1, 1, 100));
        store.sync();
        long before = store.sizeBytes();
        store.purge(60);
        EntryId base = store.base();
        assertThat(base.index()).isLessThanOrEqualTo(60);
        assertThat(store.termAt(base.index())).isEqualTo(base.term());
        assertThat(store.read(61, 101, 1 << 20)).isEqualTo(entries(1, 61, 100));
        assertThat(store.sizeBytes()).isLessThanOrEqualTo(before);
        reopen();
        assertThat(store.base()).isEqualTo(base);
        if (base.index() > 0) {
            assertThat(store.baseClusterTimeMillis())
                    .isEqualTo(entry(1, base.index(), 0).clusterTimeMillis());
        }
        assertThat(store.read(61, 101, 1 << 20)).isEqualTo(entries(1, 61, 100));
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 40, 41, 100})
    void resetLogStartsOverBehindItsBaseAndKeepsTermAndVote(long index) {
        store.save(new HardState(7, NodeId.of(2)));
        store.append(entries(1, 1, 40));
        store.reset(new EntryId(6, index), 777);
        requireEmptyBehind(new EntryId(6, index), 777);
        reopen();
        requireEmptyBehind(new EntryId(6, index), 777);
        assertThat(store.hardState()).isEqualTo(new HardState(7, NodeId.of(2)));
        store.append(entries(6, index + 1, index + 3));
        store.sync();
        reopen();
        assertThat(store.base()).isEqualTo(new EntryId(6, index));
        assertThat(store.read(index + 1, index + 4, 1000)).isEqualTo(entries(6, index + 1, index + 3));
        store.reset(new EntryId(8, index + 10), 888);
        requireEmptyBehind(new EntryId(8, index + 10), 888);
    }

    private void requireEmptyBehind(EntryId base, long clusterTimeMillis) {
        assertThat(store.base()).isEqualTo(base);
        assertThat(store.last()).isEqualTo(base);
        assertThat(store.termAt(base.index())).isEqualTo(base.term());
        assertThat(store.baseClusterTimeMillis()).isEqualTo(clusterTimeMillis);
    }

    @Test
    void logThatHoldsTheBaseOrStartsBehindItIsNotReset() {
        store.reset(new EntryId(1, 10), 100);
        store.append(entries(2, 11, 20));
        for (EntryId base : List.of(new EntryId(1, 10), new EntryId(2, 15), new EntryId(2, 20), new EntryId(3, 9))) {
            assertThat(new LogRestart(base, 1).isDue(store)).isFalse();
            assertThatThrownBy(() -> store.reset(base, 1)).isInstanceOf(IllegalArgumentException.class);
        }
        for (EntryId base : List.of(new EntryId(2, 10), new EntryId(3, 20), new EntryId(2, 21))) {
            assertThat(new LogRestart(base, 1).isDue(store)).isTrue();
        }
        assertThat(store.read(11, 21, 1000)).isEqualTo(entries(2, 11, 20));
    }

    @Test
    void whatDoesNotFollowIsRefusedAndChangesNothing() {
        store.append(entries(2, 1, 5));
        assertThatThrownBy(() -> store.append(entries(2, 7, 8))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.append(List.of(entry(2, 6, 0), entry(2, 8, 0))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.append(List.of(entry(1, 6, 0)))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.append(List.of(entry(2, 3, 0), entry(1, 4, 0))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(store.read(1, 6, 1000)).isEqualTo(entries(2, 1, 5));
    }

    @Test
    void largestRecordIsKeptAndOneByteMoreIsRefused() {
        Entry largest = entry(1, 1, RecordFrame.MAX_PAYLOAD_BYTES);
        store.append(List.of(largest, entry(1, 2, 10)));
        assertThatThrownBy(() -> store.append(List.of(entry(1, 3, RecordFrame.MAX_PAYLOAD_BYTES + 1))))
                .isInstanceOf(IllegalArgumentException.class);
        store.append(List.of(entry(1, 3, RecordFrame.MAX_PAYLOAD_BYTES - 1)));
        reopen();
        assertThat(store.last().index()).isEqualTo(3);
        assertThat(store.read(1, 2, 0)).containsExactly(largest);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void behavesLikeASortedMap(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        TreeMap<Long, Entry> twin = new TreeMap<>();
        long term = 1;
        for (int step = 0; step < 300; step++) {
            int what = random.nextInt(100);
            long last = store.last().index();
            if (what < 45) {
                appendBoth(random, twin, term, last + 1);
            } else if (what < 55 && last > store.base().index()) {
                term++;
                appendBoth(random, twin, term, random.nextLong(store.base().index() + 1, last + 1));
            } else if (what < 65) {
                store.sync();
            } else if (what < 70 && last > 0) {
                long index = random.nextLong(0, last + 1);
                long allowed = Math.max(index, store.base().index());
                store.purge(index);
                assertThat(store.base().index()).isLessThanOrEqualTo(allowed);
            } else if (what < 75) {
                reopen();
            } else {
                compareOneRead(random, twin);
            }
            compareEnds(twin);
        }
    }

    private void appendBoth(SplittableRandom random, NavigableMap<Long, Entry> twin, long term, long first) {
        List<Entry> added = new ArrayList<>();
        int count = random.nextInt(1, 12);
        for (int i = 0; i < count; i++) {
            added.add(entry(term, first + i, random.nextInt(10) == 0 ? random.nextInt(3000) : random.nextInt(60)));
        }
        store.append(added);
        twin.tailMap(first, true).clear();
        added.forEach(entry -> twin.put(entry.index(), entry));
    }

    private void compareOneRead(SplittableRandom random, NavigableMap<Long, Entry> twin) {
        long base = store.base().index();
        long last = store.last().index();
        if (last == base) {
            return;
        }
        long from = random.nextLong(base + 1, last + 1);
        long to = random.nextLong(from + 1, last + 2);
        long maxBytes = random.nextLong(0, 5000);
        List<Entry> expected = new ArrayList<>();
        long bytes = 0;
        for (Entry entry : twin.subMap(from, to).values()) {
            bytes += entry.payload().length;
            if (!expected.isEmpty() && bytes > maxBytes) {
                break;
            }
            expected.add(entry);
        }
        assertThat(store.read(from, to, maxBytes)).isEqualTo(expected);
    }

    private void compareEnds(NavigableMap<Long, Entry> twin) {
        EntryId last =
                twin.isEmpty() ? EntryId.ZERO : twin.lastEntry().getValue().id();
        assertThat(store.last()).isEqualTo(last);
        EntryId base = store.base();
        if (base.index() > 0) {
            assertThat(base).isEqualTo(twin.get(base.index()).id());
            assertThat(store.baseClusterTimeMillis())
                    .isEqualTo(twin.get(base.index()).clusterTimeMillis());
        }
        for (Entry entry : twin.tailMap(base.index(), false).values()) {
            assertThat(store.termAt(entry.index())).isEqualTo(entry.term());
        }
    }
}
