package io.dengine.benchmarks.load;

import io.dengine.benchmarks.store.ReadableStore;
import io.dengine.benchmarks.store.Store;
import io.dengine.benchmarks.store.WatchableStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Drives one store with one workload. Closed loop: each thread has its share of the window under way, and issues the next
 * operation when one is answered. What is timed lies within a longer run: nothing starts or ends at its borders.
 */
public final class LoadDriver {

    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(120);
    private static final int DIFFERENT_VALUES = 256;
    private static final int FILL_WINDOW = 256;

    /** How long answers may be outstanding at the end before the run counts as failed. */
    private static final int DRAIN_SECONDS = 60;

    private final Store store;
    private final Workload load;
    private final Recorder latencies = new Recorder(LONGEST_NANOS, 3);
    private final Recorder deliveries = new Recorder(LONGEST_NANOS, 3);
    private final LongAdder failures = new LongAdder();
    private final Gap gap = new Gap();
    private final byte[][] values = new byte[DIFFERENT_VALUES][];
    private volatile boolean ended;
    private volatile @Nullable Throwable broken;

    public LoadDriver(Store store, Workload load) {
        this.store = store;
        this.load = load;
        SplittableRandom random = new SplittableRandom(17);
        for (int i = 0; i < values.length; i++) {
            values[i] = new byte[load.valueBytes()];
            random.nextBytes(values[i]);
        }
    }

    /**
     * Runs it.
     *
     * @param borders called when the timed part begins, and when it has ended
     */
    public LoadResult run(Runnable borders) throws InterruptedException {
        fill();
        watch();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < load.threads(); i++) {
            int share = load.window() / load.threads() + (i < load.window() % load.threads() ? 1 : 0);
            SplittableRandom random = new SplittableRandom(i);
            Thread thread = new Thread(() -> issue(share, random), "load-" + i);
            thread.setUncaughtExceptionHandler((failed, cause) -> broken = cause);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
        pause(load.warmUpSeconds());

        latencies.getIntervalHistogram();
        deliveries.getIntervalHistogram();
        long failuresBefore = failures.sum();
        Heap heapBefore = Heap.now();
        long begin = System.nanoTime();
        gap.begin(begin);
        borders.run();
        pause(load.seconds());
        Histogram latency = latencies.getIntervalHistogram();
        long end = System.nanoTime();
        long longestGap = gap.end(end);
        borders.run();
        Histogram delivery = deliveries.getIntervalHistogram();
        long failed = failures.sum() - failuresBefore;
        Heap heap = Heap.now();

        ended = true;
        for (Thread thread : threads) {
            thread.join();
        }
        if (broken != null) {
            throw new IllegalStateException("the load ended early", broken);
        }
        return new LoadResult(
                latency.getTotalCount(),
                failed,
                end - begin,
                latency.getValueAtPercentile(50),
                latency.getValueAtPercentile(99),
                latency.getValueAtPercentile(99.9),
                longestGap,
                delivery.getValueAtPercentile(50),
                delivery.getValueAtPercentile(99),
                heap.allocated() - heapBefore.allocated(),
                heap.fullCollections() - heapBefore.fullCollections());
    }

    private void fill() throws InterruptedException {
        Semaphore free = new Semaphore(FILL_WINDOW);
        for (long key = 0; key < load.fill(); key++) {
            free.acquire();
            byte[] value = values[(int) (key % values.length)];
            var unused = put(bytesOf(key), value).whenComplete((result, failure) -> {
                if (failure != null) {
                    broken = failure;
                }
                free.release();
            });
            if (broken != null) {
                throw new IllegalStateException("a key could not be written before the run", broken);
            }
        }
        drain(free, FILL_WINDOW);
    }

    private void watch() {
        if (load.watchers() == 0) {
            return;
        }
        WatchableStore watched = (WatchableStore) store;
        for (long key = 0; key < load.watchers(); key++) {
            watched.watch(bytesOf(key), value -> {
                if (value.length >= Long.BYTES) {
                    record(
                            deliveries,
                            System.nanoTime() - ByteBuffer.wrap(value).getLong());
                }
            });
        }
    }

    private void issue(int share, SplittableRandom random) {
        Semaphore free = new Semaphore(share);
        while (!ended) {
            free.acquireUninterruptibly();
            byte[] key = bytesOf(random.nextLong(load.keys()));
            boolean write = load.writePercent() == 100 || random.nextInt(100) < load.writePercent();
            byte[] value = values[random.nextInt(values.length)];
            long begin = System.nanoTime();
            CompletableFuture<?> answer =
                    write ? put(key, stamped(value, begin)) : ((ReadableStore) store).get(key, load.read());
            if (answer.isDone() && !answer.isCompletedExceptionally()) {
                answered(begin, null);
                free.release();
            } else {
                var unused = answer.whenComplete((result, failure) -> {
                    answered(begin, failure);
                    free.release();
                });
            }
        }
        drain(free, share);
    }

    private void drain(Semaphore free, int all) {
        try {
            if (!free.tryAcquire(all, DRAIN_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("operations were not answered within " + DRAIN_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private CompletableFuture<?> put(byte[] key, byte[] value) {
        return load.ttlMillis() == 0
                ? store.put(key, value)
                : ((WatchableStore) store).put(key, value, Duration.ofMillis(load.ttlMillis()));
    }

    /** With watches a value says when its write began. */
    private byte[] stamped(byte[] value, long nanos) {
        if (load.watchers() == 0) {
            return value;
        }
        byte[] copy = value.clone();
        ByteBuffer.wrap(copy).putLong(nanos);
        return copy;
    }

    private void answered(long begin, @Nullable Throwable failure) {
        if (failure != null) {
            failures.increment();
            return;
        }
        long now = System.nanoTime();
        record(latencies, now - begin);
        gap.answered(now);
    }

    private static void record(Recorder recorder, long nanos) {
        recorder.recordValue(Math.max(0, Math.min(nanos, LONGEST_NANOS)));
    }

    private static byte[] bytesOf(long key) {
        return ByteBuffer.allocate(Workload.KEY_BYTES).putLong(key).array();
    }

    private static void pause(double seconds) {
        long until = System.nanoTime() + (long) (seconds * 1e9);
        for (long left; (left = until - System.nanoTime()) > 0; ) {
            LockSupport.parkNanos(left);
        }
    }
}
