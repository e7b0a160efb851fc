package io.dengine.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.api.RefusedException;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every table store must do. */
public abstract class TableStoreContract {

    protected TableStore store;

    /** Opens an empty store. */
    protected abstract TableStore openEmpty();

    @BeforeEach
    void openStore() {
        store = openEmpty();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void emptyStoreHasNothingApplied() {
        assertThat(store.applied()).isEqualTo(AppliedState.EMPTY);
        assertThat(store.durableIndex()).isZero();
        assertThat(store.get(key("61"))).isNull();
        try (TableStore.View view = store.view()) {
            assertThat(view.applied()).isEqualTo(AppliedState.EMPTY);
            assertThat(view.get(key("61"))).isNull();
            assertThat(keys(view, ByteSequence.EMPTY, null)).isEmpty();
        }
    }

    @Test
    void randomBatchesMatchASortedMap() {
        TableTwin twin = new TableTwin(3, 300, 10);
        for (int i = 0; i < 1_500; i++) {
            twin.next(store);
            if (i % 5 == 0) {
                twin.assertSameAs(store);
            }
        }
        twin.assertSameAs(store);
    }

    @Test
    void viewsDoNotSeeLaterBatches() {
        TableTwin twin = new TableTwin(4, 200, 10);
        Map<TableStore.View, TableTwin.Frozen> views = new LinkedHashMap<>();
        for (int i = 0; i < 300; i++) {
            twin.next(store);
            if (i % 10 == 0) {
                views.put(store.view(), twin.frozen());
            }
            if (i == 150) {
                store.flush();
            }
        }
        views.forEach((view, moment) -> moment.assertSameAs(view));
        views.keySet().forEach(TableStore.View::close);
    }

    @Test
    void scanKeepsItsBoundsAtTheEndsOfTheByteRange() {
        put("", "00", "0000", "61", "6161", "61ff", "62", "ff", "ff00", "ffff", "ffff00");
        try (TableStore.View view = store.view()) {
            assertThat(prefix(view, ""))
                    .containsExactly("", "00", "0000", "61", "6161", "61ff", "62", "ff", "ff00", "ffff", "ffff00");
            assertThat(prefix(view, "00")).containsExactly("00", "0000");
            assertThat(prefix(view, "61")).containsExactly("61", "6161", "61ff");
            assertThat(prefix(view, "61ff")).containsExactly("61ff");
            assertThat(prefix(view, "ff")).containsExactly("ff", "ff00", "ffff", "ffff00");
            assertThat(prefix(view, "ffff")).containsExactly("ffff", "ffff00");
            assertThat(keys(view, key("61"), key("61"))).isEmpty();
            assertThat(keys(view, key("62"), key("61"))).isEmpty();
            assertThat(keys(view, key("60"), key("6161"))).containsExactly("61");
            assertThat(keys(view, ByteSequence.EMPTY, ByteSequence.EMPTY)).isEmpty();
        }
    }

    @Test
    void scanStopsWhereItsVisitorSaysSo() {
        put("01", "02", "03", "04");
        List<String> seen = new ArrayList<>();
        try (TableStore.View view = store.view()) {
            view.scan(ByteSequence.EMPTY, null, (key, value) -> {
                seen.add(hex(key));
                return seen.size() < 2;
            });
        }
        assertThat(seen).containsExactly("01", "02");
    }

    @Test
    void deadlinesFollowTheirKeys() {
        apply(Map.of(
                key("01"), new TableChange(value(1, 100), 0),
                key("02"), new TableChange(value(1, 100), 0),
                key("03"), new TableChange(value(1, Long.MAX_VALUE), 0),
                key("04"), new TableChange(value(1, 0), 0)));
        apply(Map.of(
                key("01"), new TableChange(value(2, 0), 100),
                key("02"), new TableChange(null, 100),
                key("04"), new TableChange(value(2, 7), 0)));

        Map<String, Long> deadlines = new LinkedHashMap<>();
        store.forEachDeadline((key, deadline) -> deadlines.put(hex(key), deadline));

        assertThat(deadlines).containsOnly(Map.entry("03", Long.MAX_VALUE), Map.entry("04", 7L));
    }

    @Test
    void batchWithoutChangesMovesTheAppliedState() {
        AppliedState applied = new AppliedState(5, 2, 1, 77);

        store.apply(Map.of(), applied);

        assertThat(store.applied()).isEqualTo(applied);
        try (TableStore.View view = store.view()) {
            assertThat(view.applied()).isEqualTo(applied);
        }
    }

    @Test
    void closedStoreRefusesReadsAlsoThroughOlderViews() {
        put("01");
        TableStore.View view = store.view();

        store.close();
        store.close();

        assertClosed(() -> store.get(key("01")));
        assertClosed(() -> store.view());
        assertClosed(() -> view.get(key("01")));
        assertClosed(() -> {
            view.scan(ByteSequence.EMPTY, null, (key, value) -> true);
            return null;
        });
        view.close();
    }

    /** Another one for most batches. */
    private static Membership membershipAt(long index) {
        return index == 0 ? Membership.NONE : Membership.ofVoters(Set.of(NodeId.of(1 + (int) (index * 2 / 3 % 5))));
    }

    /** Every batch writes the same number into every key, so a view that mixes two batches shows. */
    @Test
    void viewsOfOtherThreadsShowWholeBatches() throws Exception {
        int batches = 1_000;
        List<ByteSequence> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(ByteSequence.wrap(new byte[] {(byte) i}));
        }
        ExecutorService reader = Executors.newSingleThreadExecutor();
        try {
            Future<Long> reads = reader.submit(() -> {
                long views = 0;
                long last = 0;
                while (last < batches) {
                    try (TableStore.View view = store.view()) {
                        long index = view.applied().index();
                        assertThat(view.applied().membership()).isEqualTo(membershipAt(index));
                        assertThat(index).isGreaterThanOrEqualTo(last);
                        last = index;
                        List<Long> seen = new ArrayList<>();
                        view.scan(ByteSequence.EMPTY, null, (key, value) -> seen.add(value.modRevision()));
                        assertThat(seen).hasSize(index == 0 ? 0 : all.size()).allMatch(revision -> revision == index);
                        views++;
                    }
                }
                return views;
            });
            for (long i = 1; i <= batches; i++) {
                Map<ByteSequence, TableChange> changes = new LinkedHashMap<>();
                for (ByteSequence key : all) {
                    changes.put(key, new TableChange(value(i, 0), 0));
                }
                store.apply(changes, new AppliedState(i, 1, i, 0, i, membershipAt(i)));
            }
            assertThat(reads.get(30, TimeUnit.SECONDS)).isPositive();
        } finally {
            reader.shutdownNow();
        }
    }

    @Test
    void closeMeetsReadersWithoutHarm() throws Exception {
        put("01", "02", "03");
        int threads = 3;
        CountDownLatch reading = new CountDownLatch(threads);
        ExecutorService readers = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Object>> ends = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                ends.add(readers.submit(() -> {
                    while (true) {
                        try (TableStore.View view = store.view()) {
                            assertThat(keys(view, ByteSequence.EMPTY, null)).hasSize(3);
                            assertThat(store.get(key("02"))).isNotNull();
                            reading.countDown();
                        } catch (RefusedException e) {
                            return e.reason();
                        }
                    }
                }));
            }
            assertThat(reading.await(30, TimeUnit.SECONDS)).isTrue();

            store.close();

            for (Future<Object> end : ends) {
                assertThat(end.get(30, TimeUnit.SECONDS)).isEqualTo(RefusedException.Reason.CLOSED);
            }
        } finally {
            readers.shutdownNow();
        }
    }

    private void put(String... keys) {
        Map<ByteSequence, TableChange> changes = new LinkedHashMap<>();
        for (String key : keys) {
            changes.put(key(key), new TableChange(value(2, 0), 0));
        }
        apply(changes);
    }

    private void apply(Map<ByteSequence, TableChange> changes) {
        AppliedState before = store.applied();
        store.apply(changes, new AppliedState(before.index() + 1, 1, before.revision() + 1, 0));
    }

    private static List<String> prefix(TableStore.View view, String hex) {
        return keys(view, key(hex), key(hex).prefixEnd());
    }

    private static List<String> keys(TableStore.View view, ByteSequence from, ByteSequence to) {
        return TableTwin.scan(view, from, to).stream()
                .map(entry -> hex(entry.getKey()))
                .toList();
    }

    private static void assertClosed(Callable<Object> call) {
        assertThatThrownBy(call::call)
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.CLOSED));
    }

    private static StoredValue value(long revision, long deadline) {
        return new StoredValue(ByteSequence.of("v"), 1, revision, 1, deadline);
    }

    private static ByteSequence key(String hex) {
        return ByteSequence.wrap(HexFormat.of().parseHex(hex));
    }

    private static String hex(ByteSequence key) {
        return HexFormat.of().formatHex(key.array());
    }
}
