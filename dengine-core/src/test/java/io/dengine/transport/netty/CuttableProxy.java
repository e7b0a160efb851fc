package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** Forwards TCP connections until it is cut: then every byte stops on its way and no connection is closed. */
final class CuttableProxy implements AutoCloseable {

    private static final int BUFFER_BYTES = 64 * 1024;

    /** What each connection may carry past a throttle. */
    private static final int FREE_BYTES = 64 * 1024;

    private final ServerSocket server;
    private final PeerAddress target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    final AtomicInteger accepted = new AtomicInteger();
    final AtomicInteger ended = new AtomicInteger();
    private final Semaphore kibibytes = new Semaphore(0);
    private volatile boolean throttled;
    private boolean cut;

    CuttableProxy(PeerAddress target) throws IOException {
        this.target = target;
        this.server = new ServerSocket();
        server.setReceiveBufferSize(BUFFER_BYTES); // what a throttle holds back must not hide here
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        startThread(this::acceptAll);
    }

    PeerAddress address() {
        return new PeerAddress("127.0.0.1", server.getLocalPort());
    }

    synchronized void cut() {
        cut = true;
    }

    synchronized void heal() {
        cut = false;
        notifyAll();
    }

    /** Lets only the first bytes of each connection to the target pass from now on, and what is let pass. */
    void throttle() {
        throttled = true;
    }

    void letPass(int bytes) {
        kibibytes.release(bytes / 1024);
    }

    private synchronized void passGate() throws InterruptedException {
        while (cut) {
            wait();
        }
    }

    private void acceptAll() throws IOException {
        while (true) {
            Socket near = server.accept();
            sockets.add(near);
            accepted.incrementAndGet();
            startThread(() -> {
                passGate();
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target.port());
                sockets.add(far);
                startThread(() -> pump(far, near, false));
                pump(near, far, throttled);
                ended.incrementAndGet();
            });
        }
    }

    private void pump(Socket from, Socket to, boolean metered) throws IOException, InterruptedException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            int free = FREE_BYTES;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                passGate();
                if (metered && free > 0) {
                    free -= n;
                } else if (metered) {
                    kibibytes.acquire(1 + n / 1024);
                }
                to.getOutputStream().write(buffer, 0, n);
            }
            passGate();
        }
    }

    @FunctionalInterface
    private interface Task {
        void run() throws IOException, InterruptedException;
    }

    private static void startThread(Task task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (IOException closed) {
                        return;
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        heal();
        try {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
