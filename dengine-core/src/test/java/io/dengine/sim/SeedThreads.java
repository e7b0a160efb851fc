package io.dengine.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * Runs many seeds on as many threads as there are processors. Seeds share nothing, so which thread runs which makes no
 * difference to their course, nor to the sum of what they came to.
 */
final class SeedThreads {

    /** An engine that breaks all of them need not be shown each. */
    private static final int MOST_BROKEN = 100;

    private final int threads = Runtime.getRuntime().availableProcessors();
    private final NavigableMap<Long, Throwable> broken = new ConcurrentSkipListMap<>();

    int threads() {
        return threads;
    }

    /**
     * Runs {@code seeds}, each changed by {@code profile}; returns what they came to.
     *
     * @throws Violation of the least seed that broke a promise, with the numbers of all that did
     */
    SeedRun run(UnaryOperator<Swarm> profile, long... seeds) throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<SeedRun>> runs = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                runs.add(pool.submit(() -> take(new SeedRun(profile), seeds, next)));
            }
            SeedRun sum = new SeedRun();
            for (Future<SeedRun> run : runs) {
                sum.addAll(run.get());
            }
            if (!broken.isEmpty()) {
                Throwable least = broken.firstEntry().getValue();
                throw new Violation("seeds " + broken.keySet() + " break a promise; the least: " + least, least);
            }
            return sum;
        } catch (ExecutionException e) {
            throw new AssertionError("a thread ended before its time", e);
        } finally {
            pool.shutdownNow();
        }
    }

    private SeedRun take(SeedRun run, long[] seeds, AtomicInteger next) {
        for (int i = next.getAndIncrement(); i < seeds.length; i = next.getAndIncrement()) {
            try {
                run.run(seeds[i]);
            } catch (RuntimeException | AssertionError e) {
                broken.put(seeds[i], e);
                if (broken.size() >= MOST_BROKEN) {
                    break;
                }
            }
        }
        return run;
    }
}
