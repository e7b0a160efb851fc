package io.dengine.client.grpc;

import io.dengine.config.InvalidConfigException;
import io.dengine.config.Limits;
import io.dengine.config.PeerAddress;
import io.dengine.tls.TlsSource;
import io.dengine.tls.netty.TlsContexts;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All settings of one client. Valid once constructed; every {@code with} method returns a changed copy. Thread-safe.
 *
 * @param seeds the API addresses of one or more members, in any order; the others are learnt from them. Names are resolved
 *     anew for each connection
 * @param limits bounds on what callers may ask of this client, and the request timeout, retries included. Default {@link
 *     Limits#DEFAULT}
 * @param retry how what was refused is tried again
 * @param watches bounds on watches
 * @param calls how operations travel. Default {@link Calls#STREAM}
 * @param tls gives the TLS to use, asked for each connection, which may speak HTTP/2 by ALPN (as one of {@code
 *     GrpcSslContexts} does); null for none
 */
public record ClientSettings(
        List<PeerAddress> seeds,
        Limits limits,
        Retry retry,
        Watches watches,
        Calls calls,
        @Nullable Supplier<SslContext> tls) {

    /** How operations on keys travel. */
    public enum Calls {
        /** Many on one stream for each node, in frames of as many as are ready. */
        STREAM,
        /** Each as a call of its own. Slower; for what stands between and does not pass streams. */
        UNARY
    }

    public ClientSettings {
        seeds = List.copyOf(seeds);
        require(
                !seeds.isEmpty(),
                "client.endpoints",
                "it is empty",
                "Give the API address of one member at least, as host:port");
    }

    /**
     * Returns the defaults for a cluster.
     *
     * @param seeds API addresses as {@code host:port}, with commas between
     */
    public static ClientSettings of(String seeds) {
        return of(Arrays.stream(seeds.split(",", -1))
                .filter(seed -> !seed.isBlank())
                .map(seed -> PeerAddress.parse("client.endpoints", seed))
                .toList());
    }

    /** Returns the defaults for a cluster. */
    public static ClientSettings of(List<PeerAddress> seeds) {
        return new ClientSettings(seeds, Limits.DEFAULT, Retry.DEFAULT, Watches.DEFAULT, Calls.STREAM, null);
    }

    public ClientSettings withLimits(Limits limits) {
        return new ClientSettings(seeds, limits, retry, watches, calls, tls);
    }

    public ClientSettings withRequestTimeout(Duration requestTimeout) {
        return withLimits(limits.withRequestTimeout(requestTimeout));
    }

    public ClientSettings withRetry(Retry retry) {
        return new ClientSettings(seeds, limits, retry, watches, calls, tls);
    }

    public ClientSettings withWatches(Watches watches) {
        return new ClientSettings(seeds, limits, retry, watches, calls, tls);
    }

    public ClientSettings withCalls(Calls calls) {
        return new ClientSettings(seeds, limits, retry, watches, calls, tls);
    }

    /**
     * Returns these with TLS, by which the client verifies nodes, their hosts included, and shows a certificate if the source has
     * one. Each connection uses what the source has when it is made.
     *
     * @throws InvalidConfigException if the source trusts no certificate authority
     */
    public ClientSettings withTlsFrom(TlsSource source) {
        require(
                source.current().trustManager() != null,
                "client.ssl",
                "it trusts no certificate authority",
                "Name the authorities that issued the certificates of the nodes");
        return withTls(new SourcedTls(source, TlsContexts.client(source, "h2")));
    }

    public ClientSettings withTls(@Nullable Supplier<SslContext> tls) {
        return new ClientSettings(seeds, limits, retry, watches, calls, tls);
    }

    /**
     * How an operation that was refused is tried again, within its request timeout. What may have happened is never tried
     * again.
     *
     * @param firstBackoff the pause before the second try, doubled for each further one and shortened by up to half at
     *     random; 1 ms or more. Default 10 ms
     * @param maxBackoff the longest pause, {@code firstBackoff} to 1 min. Default 1 s
     * @param maxPerSecond the most retries of all operations together in a second, 0 to 1,000,000; what is beyond waits its
     *     turn. 0 for no retries. Default 1,000
     */
    public record Retry(Duration firstBackoff, Duration maxBackoff, int maxPerSecond) {

        public static final Retry DEFAULT = new Retry(Duration.ofMillis(10), Duration.ofSeconds(1), 1_000);

        public Retry {
            require(
                    firstBackoff.toMillis() >= 1,
                    "client.retry.first-backoff",
                    firstBackoff + " is too short",
                    "Set 1 ms or more");
            require(
                    maxBackoff.compareTo(firstBackoff) >= 0 && maxBackoff.compareTo(Duration.ofMinutes(1)) <= 0,
                    "client.retry.max-backoff",
                    maxBackoff + " is out of range",
                    "Set a value from client.retry.first-backoff to 1 min");
            require(
                    maxPerSecond >= 0 && maxPerSecond <= 1_000_000,
                    "client.retry.max-per-second",
                    maxPerSecond + " is out of range",
                    "Set a value from 0 to 1000000");
        }
    }

    /**
     * Bounds on watches.
     *
     * @param maxWatches the most watches of this client, 1 to 1,000,000. Default 10,000
     * @param bufferedEvents the changes that wait for one listener in memory, 1 to 1,000,000, and at most 4 MiB of them;
     *     beyond that the watch leaves the node and goes on from its history later. Default 1,024
     */
    public record Watches(int maxWatches, int bufferedEvents) {

        public static final Watches DEFAULT = new Watches(10_000, 1_024);

        public Watches {
            require(
                    maxWatches >= 1 && maxWatches <= 1_000_000,
                    "client.watch.max-watches",
                    maxWatches + " is out of range",
                    "Set a value from 1 to 1000000");
            require(
                    bufferedEvents >= 1 && bufferedEvents <= 1_000_000,
                    "client.watch.buffered-events",
                    bufferedEvents + " is out of range",
                    "Set a value from 1 to 1000000");
        }
    }

    /** A context that knows where its material comes from, to say it where that is refused. */
    record SourcedTls(TlsSource source, SslContext context) implements Supplier<SslContext> {

        @Override
        public SslContext get() {
            return context;
        }
    }

    private static void require(boolean condition, String setting, String problem, String action) {
        if (!condition) {
            throw new InvalidConfigException(setting, problem, action);
        }
    }
}
