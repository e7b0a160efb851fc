package io.dengine.node;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that user code runs on: completions of futures, watch listeners, leader listeners. As many as there are processors
 * while tasks are short: more would only wake one another. Where more tasks wait than were done in the last moments, some of them
 * block, and there are soon twice as many threads, up to a bound; so a listener that blocks delays others by some moments.
 * What can wait here is bounded by the bounds on requests and watches.
 */
public final class CallbackExecutor implements Executor, AutoCloseable {

    /** The most threads. */
    static final int MAX_THREADS = 128;

    private static final int LEAST_THREADS =
            Math.max(2, Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors()));

    private static final long LOOK_MILLIS = 5;

    private static final Executor SOON =
            CompletableFuture.delayedExecutor(LOOK_MILLIS, TimeUnit.MILLISECONDS, Runnable::run);

    private final ThreadPoolExecutor pool;
    private final BlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>();
    private final AtomicBoolean watched = new AtomicBoolean();

    public CallbackExecutor(String threadPrefix) {
        AtomicInteger count = new AtomicInteger();
        this.pool = new ThreadPoolExecutor(LEAST_THREADS, MAX_THREADS, 1, TimeUnit.SECONDS, waiting, task -> {
            Thread thread = new Thread(task, threadPrefix + "-callback-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        pool.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable task) {
        pool.execute(task);
        watch();
    }

    private void watch() {
        if (!watched.get() && !waiting.isEmpty() && watched.compareAndSet(false, true)) {
            long done = pool.getCompletedTaskCount();
            SOON.execute(() -> look(done));
        }
    }

    private void look(long doneBefore) {
        int size = waiting.size();
        if (size == 0) {
            pool.setCorePoolSize(LEAST_THREADS);
            watched.set(false);
            watch(); // for a task that came in between
            return;
        }
        long done = pool.getCompletedTaskCount();
        if (size > done - doneBefore) {
            pool.setCorePoolSize(Math.min(MAX_THREADS, 2 * pool.getCorePoolSize()));
        }
        SOON.execute(() -> look(done));
    }

    /** Takes no new task; those already taken still run. */
    @Override
    public void close() {
        pool.shutdown();
    }
}
