package io.dengine.config;

import static io.dengine.config.InvalidConfigException.require;
import static io.dengine.config.InvalidConfigException.within;

import org.jspecify.annotations.Nullable;

/**
 * The port for clients: gRPC, dengine's own protocol and that of d-engine's clients.
 *
 * @param address where clients reach this node. The members tell it each other, and clients
 * @param bind where this node listens, if that is not its address; null for the address
 * @param maxRequestBytes the most bytes of one message from a client, 64 KiB to 64 MiB, and enough for a
 *     compare-and-set of the largest values that {@link Limits} allows; a longer one is refused. Default 4 MiB
 * @param maxCallsPerConnection the most calls and streams that one connection has open at a time, 1 to 100,000; more
 *     wait at the client. Default 1,000
 * @param maxInFlight the most operations of one stream that wait for an answer, 1 to 1,000,000; beyond it the node
 *     stops reading the stream. Default 10,000
 * @param maxUnsentBytes the most bytes of answers or events that wait for one client to take them, 64 KiB to 1 GiB;
 *     beyond it the node stops reading the stream, and watches go on from the history later. One answer alone may
 *     be larger. Default 8 MiB
 * @param ownPort whether the node opens the port itself; false where another gRPC server of the process serves at the address,
 *     whose own bounds then hold for messages and calls. Default true
 */
public record ApiSettings(
        PeerAddress address,
        @Nullable PeerAddress bind,
        int maxRequestBytes,
        int maxCallsPerConnection,
        int maxInFlight,
        int maxUnsentBytes,
        boolean ownPort)
        implements Section {

    private static final int MESSAGE_OVERHEAD_BYTES = 1024;

    public ApiSettings {
        within("api.max-request-bytes", maxRequestBytes, 64 << 10, 64 << 20);
        within("api.max-calls-per-connection", maxCallsPerConnection, 1, 100_000);
        within("api.max-in-flight", maxInFlight, 1, 1_000_000);
        within("api.max-unsent-bytes", maxUnsentBytes, 64 << 10, 1 << 30);
    }

    /** Settings of a node that opens the port itself. */
    public ApiSettings(
            PeerAddress address,
            @Nullable PeerAddress bind,
            int maxRequestBytes,
            int maxCallsPerConnection,
            int maxInFlight,
            int maxUnsentBytes) {
        this(address, bind, maxRequestBytes, maxCallsPerConnection, maxInFlight, maxUnsentBytes, true);
    }

    /** Returns the settings of a node that serves clients at {@code address}. */
    public static ApiSettings at(PeerAddress address) {
        return new ApiSettings(address, null, 4 << 20, 1_000, 10_000, 8 << 20);
    }

    public ApiSettings withBind(@Nullable PeerAddress bind) {
        return new ApiSettings(
                address, bind, maxRequestBytes, maxCallsPerConnection, maxInFlight, maxUnsentBytes, ownPort);
    }

    /** Returns these for a node whose clients another server of the process serves. */
    public ApiSettings withoutOwnPort() {
        return new ApiSettings(
                address, bind, maxRequestBytes, maxCallsPerConnection, maxInFlight, maxUnsentBytes, false);
    }

    void requireFits(Limits limits) {
        long largest = limits.maxKeyBytes() + 2L * limits.maxValueBytes() + MESSAGE_OVERHEAD_BYTES;
        require(
                maxRequestBytes >= largest,
                "api.max-request-bytes",
                maxRequestBytes + " holds no compare-and-set of the largest values",
                "Set " + largest + " or more, or lower limits.max-value-bytes");
    }
}
