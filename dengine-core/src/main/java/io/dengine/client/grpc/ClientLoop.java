package io.dengine.client.grpc;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The one thread of a client: all input and output, all timers, and every change of what the client knows. Nothing on it
 * may block. Thread-safe.
 */
final class ClientLoop {

    private final MultiThreadIoEventLoopGroup threads = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("dengine-client-loop", true), NioIoHandler.newFactory());
    private final EventLoop loop = threads.next();

    MultiThreadIoEventLoopGroup threads() {
        return threads;
    }

    /** Runs {@code task} later; returns false if the loop has ended. */
    boolean execute(Runnable task) {
        try {
            loop.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** Runs {@code task} at once if this is the loop, else later; drops it if the loop has ended. */
    void onLoop(Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
        } else {
            execute(task);
        }
    }

    /** Runs {@code task} on the loop after a time. To be called on the loop. */
    @SuppressWarnings("FutureReturnValueIgnored") // tasks look for themselves whether they still matter
    void schedule(Runnable task, long delayNanos) {
        if (!threads.isShuttingDown()) {
            loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
        }
    }

    long nanoTime() {
        return System.nanoTime();
    }

    /** Ends the loop when it has done what it was given; does not wait. */
    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits: threads are daemons and own nothing any more
    void shutDown() {
        threads.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    }
}
