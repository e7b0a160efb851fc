package io.dengine.transport.netty;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The one thread that a node speaks to its peers on. Whoever decides what is said runs there too: then nobody has to be woken
 * between what arrives and what is answered.
 */
public final class PeerThread implements AutoCloseable {

    private static final long CLOSE_TIMEOUT_SECONDS = 5;

    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;

    /** Starts with the first task. */
    public PeerThread(String name) {
        ThreadFactory threads = task -> newThread(task, name);
        this.group = new MultiThreadIoEventLoopGroup(1, threads, NioIoHandler.newFactory());
        this.loop = group.next();
    }

    private static Thread newThread(Runnable task, String name) {
        Thread thread = new FastThreadLocalThread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    EventLoop loop() {
        return loop;
    }

    /** Returns the thread as an executor. */
    public ScheduledExecutorService executor() {
        return loop;
    }

    /** Ends the thread, for a transport that is closed; waits for that up to 5 s. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // awaited as the termination future
    public void close() {
        group.shutdownGracefully(0, CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (!loop.inEventLoop()) {
            group.terminationFuture().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    }
}
