package io.dengine;

import io.dengine.config.PeerAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports that nobody listens on, each given out once. Below the range that outgoing connections take theirs from, so that none of
 * those is in the way by the time the port is bound. Thread-safe.
 */
public final class FreePorts {

    private static final int FIRST = 20_000;
    private static final int COUNT = 12_000;
    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 101 % COUNT));

    private FreePorts() {}

    public static int next() {
        for (int tried = 0; tried < COUNT; tried++) {
            int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (IOException taken) {
                // the next one, then
            }
        }
        throw new AssertionError("no free port");
    }

    public static PeerAddress address() {
        return new PeerAddress("127.0.0.1", next());
    }
}
