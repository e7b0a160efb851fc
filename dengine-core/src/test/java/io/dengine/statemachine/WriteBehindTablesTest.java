package io.dengine.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.api.RefusedException;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.storage.Disk;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.StorageFailure;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class WriteBehindTablesTest {

    private static final ByteSequence KEY = ByteSequence.of("key");

    /** A row in a change takes 200 bytes and more. */
    private static final long SOME_ROWS = 3_000;

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Queue<Runnable> asked = new ArrayDeque<>();
    private final MemoryTableStore behind = new MemoryTableStore();

    @AfterEach
    void stopThread() {
        thread.shutdownNow();
    }

    @Nested
    class Store extends TableStoreContract {
        @Override
        protected TableStore openEmpty() {
            return new WriteBehindTables(new MemoryTableStore(), SOME_ROWS, 1, thread);
        }
    }

    @Nested
    class Checkpoints extends CheckpointContract {

        private final Disk disk = new MemoryDisk();

        @Override
        protected TableStore open(Path directory) {
            return new WriteBehindTables(MemoryTableStore.open(disk, directory), SOME_ROWS, 1, thread);
        }

        @Override
        protected Path directory(String name) {
            return Path.of(name);
        }
    }

    @Test
    void rowsWaitUntilTheyFillTheirShareAndAreWrittenOnce() {
        TableStore tables = new WriteBehindTables(behind, 500, 1, asked::add);
        put(tables, KEY, "1");
        put(tables, KEY, "2");
        assertThat(asked).isEmpty();
        assertThat(behind.applied()).isEqualTo(AppliedState.EMPTY);
        assertThat(tables.get(KEY).value()).isEqualTo(ByteSequence.of("2"));

        for (int i = 0; i < 5; i++) {
            put(tables, ByteSequence.of("other" + i), "x");
        }
        assertThat(asked).hasSize(1);
        assertThat(behind.get(KEY)).isNull();
        asked.remove().run();

        assertThat(behind.applied()).isEqualTo(tables.applied());
        assertThat(behind.get(KEY)).isEqualTo(tables.get(KEY));
    }

    @Test
    void whatAWriterLeavesLyingIsWrittenByTheThreadThatApplies() {
        TableStore tables = new WriteBehindTables(behind, 500, 1, asked::add);
        for (int i = 0; behind.applied().index() == 0; i++) {
            assertThat(i).isLessThan(20);
            put(tables, ByteSequence.of("key" + i), "x");
        }
        assertThat(asked).hasSize(1);
        assertThat(behind.applied()).isEqualTo(tables.applied());
        asked.remove().run();
        assertThat(behind.applied()).isEqualTo(tables.applied());
    }

    @Test
    void flushIsOfAllThatWasApplied() {
        TableStore tables = new WriteBehindTables(behind, 1_000_000, 1, asked::add);
        put(tables, KEY, "1");
        assertThat(tables.durableIndex()).isZero();
        assertThat(tables.flush()).isEqualTo(1);
        assertThat(behind.durableIndex()).isEqualTo(1);
    }

    @Test
    void batchesAreAppliedWhileAFlushIsUnderWay() throws Exception {
        CountDownLatch flushing = new CountDownLatch(1);
        CountDownLatch disk = new CountDownLatch(1);
        TableStore slow = flushingBehind(behind, () -> {
            flushing.countDown();
            assertThat(disk.await(20, TimeUnit.SECONDS)).isTrue();
            return null;
        });
        TableStore tables = new WriteBehindTables(slow, 1_000_000, 1, asked::add);
        put(tables, KEY, "1");
        CompletableFuture<Long> flushed = CompletableFuture.supplyAsync(tables::flush);
        assertThat(flushing.await(20, TimeUnit.SECONDS)).isTrue();

        put(tables, KEY, "2");
        assertThat(tables.get(KEY).value()).isEqualTo(ByteSequence.of("2"));
        assertThat(flushed).isNotDone();
        disk.countDown();

        assertThat(flushed.get(20, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(tables.flush()).isEqualTo(2);
    }

    private static TableStore flushingBehind(TableStore store, Callable<?> wait) {
        return (TableStore) Proxy.newProxyInstance(
                TableStore.class.getClassLoader(), new Class<?>[] {TableStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("flush")) {
                        wait.call();
                    }
                    return method.invoke(store, arguments);
                });
    }

    @Test
    void closeLeavesWhatWaitsToTheLog() {
        TableStore tables = new WriteBehindTables(behind, 1_000_000, 1, asked::add);
        put(tables, KEY, "1");
        tables.close();
        assertThat(behind.applied()).isEqualTo(AppliedState.EMPTY);
        assertThatThrownBy(() -> tables.get(KEY)).isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> tables.row(KEY)).isInstanceOf(RefusedException.class);
    }

    @Test
    void failureOfTheWriterEndsTheNextBatch() {
        StorageFailure full = new StorageFailure(StorageFailure.Kind.DISK_FULL, "on purpose", null);
        TableStore failing = new Failing(full);
        TableStore tables = new WriteBehindTables(failing, 100, 1, asked::add);
        put(tables, KEY, "1");
        asked.remove().run();

        assertThatThrownBy(() -> put(tables, KEY, "2")).isSameAs(full);
        assertThatThrownBy(tables::flush).isSameAs(full);
        assertThatThrownBy(() -> tables.checkpoint(Path.of("checkpoint"))).isSameAs(full);
        tables.close();
    }

    /** Each batch writes its revision into all keys, and takes one away in every other batch: what is no moment shows. */
    @Test
    void rowsForOtherThreadsAreOfOneMoment() throws Exception {
        int batches = 20_000;
        try (TableStore tables = new WriteBehindTables(new MemoryTableStore(), SOME_ROWS, 1, thread)) {
            ExecutorService reader = Executors.newSingleThreadExecutor();
            try {
                Future<Long> reads = reader.submit(() -> readUntil(tables, batches));
                for (long i = 1; i <= batches; i++) {
                    Map<ByteSequence, TableChange> changes = new LinkedHashMap<>();
                    for (int key = 0; key < 20; key++) {
                        changes.put(key(key), new TableChange(row("v", i), 0));
                    }
                    changes.put(KEY, new TableChange(i % 2 == 0 ? row("v", i) : null, 0));
                    tables.apply(changes, new AppliedState(i, 1, i, 0));
                }
                assertThat(reads.get(30, TimeUnit.SECONDS)).isPositive();
            } finally {
                reader.shutdownNow();
            }
        }
    }

    private static long readUntil(TableStore tables, long lastRevision) {
        long reads = 0;
        for (long last = 0; last < lastRevision; reads++) {
            boolean comesAndGoes = reads % 2 == 0;
            ByteSequence key = comesAndGoes ? KEY : key((int) (reads / 2 % 20));
            TableStore.Row row = tables.row(key);
            assertThat(row.revision()).isGreaterThanOrEqualTo(last);
            last = row.revision();
            StoredValue value = row.value();
            if (last > 1 && (!comesAndGoes || last % 2 == 0)) {
                assertThat(value).isNotNull();
                assertThat(value.modRevision()).isEqualTo(last);
            } else if (last > 1) {
                assertThat(value).isNull();
            }
        }
        return reads;
    }

    private static ByteSequence key(int number) {
        return ByteSequence.of("key" + number);
    }

    private static void put(TableStore tables, ByteSequence key, String value) {
        AppliedState before = tables.applied();
        long revision = before.revision() + 1;
        tables.apply(
                Map.of(key, new TableChange(row(value, revision), 0)),
                new AppliedState(before.index() + 1, 1, revision, 0));
    }

    private static StoredValue row(String value, long revision) {
        return new StoredValue(ByteSequence.of(value), revision, revision, 1, 0);
    }

    /** A table whose disk takes nothing. */
    private static final class Failing implements TableStore {

        private final RuntimeException failure;

        Failing(RuntimeException failure) {
            this.failure = failure;
        }

        @Override
        public AppliedState applied() {
            return AppliedState.EMPTY;
        }

        @Override
        public @Nullable StoredValue get(ByteSequence key) {
            return null;
        }

        @Override
        public void apply(Map<ByteSequence, TableChange> changes, AppliedState applied) {
            throw failure;
        }

        @Override
        public void forEachDeadline(DeadlineVisitor visitor) {}

        @Override
        public View view() {
            throw failure;
        }

        @Override
        public long flush() {
            throw failure;
        }

        @Override
        public long durableIndex() {
            return 0;
        }

        @Override
        public void checkpoint(Path directory) {
            throw failure;
        }

        @Override
        public String kind() {
            return "failing";
        }

        @Override
        public long sizeBytes() {
            return 0;
        }

        @Override
        public void close() {}
    }
}
