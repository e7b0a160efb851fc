package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Forwards TCP connections until it is cut: then every byte stops on its way and no connection is closed. */
final class CuttableProxy implements AutoCloseable {

    private final ServerSocket server;
    private final PeerAddress target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    final AtomicInteger accepted = new AtomicInteger();
    private boolean cut;

    CuttableProxy(PeerAddress target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
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
                startThread(() -> pump(far, near));
                pump(near, far);
            });
        }
    }

    private void pump(Socket from, Socket to) throws IOException, InterruptedException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            byte[] buffer = new byte[64 * 1024];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                passGate();
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
