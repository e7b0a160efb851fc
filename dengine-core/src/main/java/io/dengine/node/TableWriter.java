package io.dengine.node;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The thread that rows reach the table on while the applier goes on. Each table has one task waiting at most. Thread-safe. */
public final class TableWriter implements Executor, AutoCloseable {

    private final ThreadPoolExecutor thread;

    public TableWriter(String threadPrefix) {
        thread = new ThreadPoolExecutor(1, 1, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread created = new Thread(task, threadPrefix + "-tables");
            created.setDaemon(true);
            return created;
        });
        thread.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable task) {
        thread.execute(task);
    }

    /** Takes no new task; those already taken still run. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
