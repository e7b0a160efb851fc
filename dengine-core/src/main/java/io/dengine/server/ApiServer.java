package io.dengine.server;

import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.PeerAddress;
import io.dengine.config.Security.ApiTls;
import io.dengine.transport.PortInUseException;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API port of one node. Its own server, which shares nothing with other gRPC servers of the process. Services run on its
 * threads and never wait there. Thread-safe.
 */
public final class ApiServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ApiServer.class);

    private static final int MAX_THREADS = 4;

    private static final long HEALTH_PERIOD_MILLIS = 100;

    /** A client may ask this often whether the connection lives; one that asks more often is cut off. */
    private static final long MIN_KEEPALIVE_SECONDS = 5;

    /** A connection is asked this often, so that what a client that vanished holds here is given free. */
    private static final long KEEPALIVE_SECONDS = 30;

    private static final long KEEPALIVE_ANSWER_SECONDS = 10;

    /** How long calls under way get to end when the server stops. */
    private static final long GRACE_MILLIS = 2_000;

    private final DEngineConfig config;
    private final Server server;
    private final MultiThreadIoEventLoopGroup threads;
    private final ServingHealth health;
    private final ApiServices services;

    private ApiServer(
            DEngineConfig config,
            Server server,
            MultiThreadIoEventLoopGroup threads,
            ServingHealth health,
            ApiServices services) {
        this.config = config;
        this.server = server;
        this.threads = threads;
        this.health = health;
        this.services = services;
    }

    /**
     * Serves {@code node} at the address that {@code api} names.
     *
     * @throws PortInUseException if the address is taken
     */
    public static ApiServer start(DEngineConfig config, ApiSettings api, ServedNode node) {
        ApiServices services = new ApiServices(config, api, node);
        ServingHealth health = new ServingHealth(services.names(), node.health());
        PeerAddress bind = api.bind() == null ? api.address() : api.bind();
        InetSocketAddress address = new InetSocketAddress(bind.host(), bind.port());
        MultiThreadIoEventLoopGroup threads = new MultiThreadIoEventLoopGroup(
                Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors()),
                new DefaultThreadFactory("dengine-" + config.nodeId() + "-api", true),
                NioIoHandler.newFactory());
        NettyServerBuilder builder = NettyServerBuilder.forAddress(address)
                .bossEventLoopGroup(threads)
                .workerEventLoopGroup(threads)
                .channelType(NioServerSocketChannel.class)
                .directExecutor()
                .maxInboundMessageSize(api.maxRequestBytes())
                .maxConcurrentCallsPerConnection(api.maxCallsPerConnection())
                .permitKeepAliveTime(MIN_KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_ANSWER_SECONDS, TimeUnit.SECONDS)
                .addService(ServerInterceptors.intercept(health.service(), new StreamHeaders()))
                .addService(ServerInterceptors.intercept(ProtoReflectionServiceV1.newInstance(), new StreamHeaders()));
        services.all().forEach(builder::addService);
        ApiTls tls = config.security().api();
        if (tls != null) {
            ApiPortTls.secure(builder, config.nodeId(), tls);
        } else if (!bind.isLoopback()) {
            log.warn(
                    "node {}: the API port {} speaks plaintext: whoever reaches it can read and change everything. "
                            + "Set TLS up, or leave it to a network that only clients are on",
                    config.nodeId(),
                    bind);
        }
        Server server = builder.build();
        ApiServer opened = new ApiServer(config, server, threads, health, services);
        opened.bind(address, bind);
        return opened;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it is looked at until the threads end
    private void bind(InetSocketAddress address, PeerAddress bind) {
        try {
            server.start();
        } catch (IOException e) {
            close();
            if (e.getCause() instanceof BindException inUse && isLocal(address)) {
                throw new PortInUseException(address, inUse);
            }
            throw new UncheckedIOException("cannot listen for clients on " + bind, e);
        }
        threads.next().scheduleWithFixedDelay(health::update, 0, HEALTH_PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        log.info("node {}: serves clients on {}", config.nodeId(), bind);
    }

    /** An address of another machine is refused with the same exception as a port in use. */
    private static boolean isLocal(InetSocketAddress address) {
        try {
            return address.getAddress() != null
                    && (address.getAddress().isAnyLocalAddress()
                            || NetworkInterface.getByInetAddress(address.getAddress()) != null);
        } catch (SocketException e) {
            return false;
        }
    }

    /**
     * Takes no new call, ends streams with word to their clients, and gives what is under way two seconds to end. Idempotent.
     */
    @Override
    public void close() {
        health.end();
        server.shutdown();
        services.endStreams();
        // Under an interrupted thread no wait would be one; the flag is put aside until all is closed.
        boolean interrupted = Thread.interrupted();
        try {
            if (!server.awaitTermination(GRACE_MILLIS, TimeUnit.MILLISECONDS)) {
                server.shutdownNow();
                server.awaitTermination(GRACE_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            interrupted = true;
            server.shutdownNow();
        }
        threads.shutdownGracefully(0, GRACE_MILLIS, TimeUnit.MILLISECONDS).awaitUninterruptibly(GRACE_MILLIS);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
