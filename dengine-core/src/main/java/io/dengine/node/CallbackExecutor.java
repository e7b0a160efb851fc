package io.dengine.node;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that user code runs on: completions of futures, watch listeners, leader listeners. A task goes to an idle
 * thread, else to a new one while there are fewer than the bound, else it waits; so a listener that blocks delays
 * others only when that many block at once. What can wait here is bounded by the bounds on requests and watches.
 */
public final class CallbackExecutor implements Executor, AutoCloseable {

    /** The most threads. */
    static final int MAX_THREADS = 128;

    private final ThreadPoolExecutor pool;

    public CallbackExecutor(String threadPrefix) {
        HandOverQueue queue = new HandOverQueue();
        AtomicInteger count = new AtomicInteger();
        this.pool = new ThreadPoolExecutor(
                0,
                MAX_THREADS,
                30,
                TimeUnit.SECONDS,
                queue,
                task -> {
                    Thread thread = new Thread(task, threadPrefix + "-callback-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                },
                (task, executor) -> {
                    queue.put(task);
                    // Looked at afterwards: the last thread may have ended between an earlier look and the put.
                    if (executor.isShutdown() && queue.remove(task)) {
                        throw new RejectedExecutionException("the node is closed");
                    }
                });
    }

    @Override
    public void execute(Runnable task) {
        pool.execute(task);
    }

    /** Takes no new task; those already taken still run. */
    @Override
    public void close() {
        pool.shutdown();
    }

    /** Accepts a task only where an idle thread takes it at once, which makes the pool grow before it queues. */
    private static final class HandOverQueue extends LinkedTransferQueue<Runnable> {

        private static final long serialVersionUID = 1L;

        @Override
        public boolean offer(Runnable task) {
            return tryTransfer(task);
        }
    }
}
