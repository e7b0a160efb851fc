package io.dengine.node;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The threads that user code runs on: completions of futures, watch listeners, leader listeners. As many as there are processors
 * while tasks are short: more would only wake one another. Where more tasks wait than were done in the last moments, some of them
 * block, and there are soon twice as many threads, up to a bound; so a listener that blocks delays others by some moments.
 * What can wait here is bounded by the bounds on requests and watches. Thread-safe.
 */
public final class CallbackExecutor implements Executor, AutoCloseable {

    /** The most threads. */
    static final int MAX_THREADS = 128;

    private static final int LEAST_THREADS =
            Math.max(2, Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors()));

    private static final long LOOK_MILLIS = 5;
    private static final long SHRINK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final BlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>();
    private final ThreadPoolExecutor pool;
    private final ScheduledThreadPoolExecutor timer;

    /** Whether a look is due; one at a time. */
    private final AtomicBoolean watched = new AtomicBoolean();

    // Of the looks.
    private int stalledLooks;
    private long grownNanos;
    private boolean grown;

    public CallbackExecutor(String threadPrefix) {
        this.pool = new ThreadPoolExecutor(
                LEAST_THREADS, LEAST_THREADS, 1, TimeUnit.SECONDS, waiting, threads(threadPrefix + "-callback-"));
        pool.allowCoreThreadTimeOut(true);
        this.timer = new ScheduledThreadPoolExecutor(1, threads(threadPrefix + "-callback-timer-"));
        timer.setKeepAliveTime(1, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** User code finds the class loader of whoever made this, whichever thread it is that needs one more. */
    private static ThreadFactory threads(String prefix) {
        AtomicInteger count = new AtomicInteger();
        @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            thread.setContextClassLoader(loader);
            return thread;
        };
    }

    @Override
    public void execute(Runnable task) {
        pool.execute(task);
        watch();
    }

    private void watch() {
        if (!watched.get() && !waiting.isEmpty() && watched.compareAndSet(false, true)) {
            lookSoon(pool.getCompletedTaskCount());
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a look that fails is followed by the next
    private void lookSoon(long done) {
        try {
            timer.schedule(() -> look(done), LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closed) {
            watched.set(false); // nothing waited as this was closed, and nothing comes any more
        }
    }

    private void look(long doneBefore) {
        int size = waiting.size();
        if (size == 0) {
            stalledLooks = 0;
            watched.set(false);
            watch(); // for a task that came in between
            if (pool.isShutdown() && waiting.isEmpty()) {
                timer.shutdown();
            }
            return;
        }
        long done = pool.getCompletedTaskCount();
        try {
            stalledLooks = size > done - doneBefore ? stalledLooks + 1 : 0;
            if (stalledLooks >= 2) { // once, the threads may just not have had a processor
                grow();
            }
        } finally {
            lookSoon(done);
        }
    }

    private void grow() {
        int threads = Math.min(MAX_THREADS, 2 * pool.getCorePoolSize());
        pool.setMaximumPoolSize(threads);
        pool.setCorePoolSize(threads);
        grownNanos = System.nanoTime();
        if (!grown) {
            grown = true;
            shrinkLater();
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it does not fail
    private void shrinkLater() {
        try {
            timer.schedule(this::shrink, SHRINK_NANOS, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            grown = false; // threads end when they are idle
        }
    }

    /** Down to those that block and as many as there are processors, after a while: threads that come and go are dear. */
    private void shrink() {
        int threads = Math.min(MAX_THREADS, pool.getActiveCount() + LEAST_THREADS);
        if (threads < pool.getMaximumPoolSize() && System.nanoTime() - grownNanos >= SHRINK_NANOS) {
            pool.setCorePoolSize(threads);
            pool.setMaximumPoolSize(threads);
        }
        grown = pool.getMaximumPoolSize() > LEAST_THREADS;
        if (grown && !pool.isShutdown()) {
            shrinkLater();
        }
    }

    /** Takes no new task; those already taken still run. */
    @Override
    public void close() {
        pool.shutdown();
        if (waiting.isEmpty()) {
            timer.shutdown();
        }
    }
}
