package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.dengine.config.Security.PeerTls;
import io.dengine.tls.netty.TlsContexts;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OptionalSslHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * TLS at both ends of a peer connection. Owned by the transport thread.
 *
 * <p>The costly part of handshakes, signatures and chains of certificates, is done on a thread that lives only as long: a
 * crowd of strangers at the port delays each other, and no heartbeat.
 */
final class PeerPortTls {

    /** More wait only where connections are already at their limit; beyond it a handshake fails. */
    private static final int MAX_WAITING = 2 * Inbound.MAX_CONNECTIONS;

    private final SslContext server;
    private final SslContext client;
    private final ThreadPoolExecutor handshakes;

    PeerPortTls(NettyPeerConfig config, PeerTls tls) {
        this.server = TlsContexts.server(tls.source(), ClientAuth.REQUIRE);
        this.client = TlsContexts.client(tls.source(), tls.verifyHosts());
        this.handshakes =
                new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
                    Thread thread = new Thread(task, NettyPeerTransport.threadName(config.self()) + "-tls");
                    thread.setDaemon(true);
                    return thread;
                });
        handshakes.allowCoreThreadTimeOut(true);
    }

    /** Returns what goes before the connection to {@code address}. */
    ChannelHandler dialling(ByteBufAllocator allocator, PeerAddress address) {
        return timed(client.newHandler(allocator, address.host(), address.port(), handshakes));
    }

    /** Returns what goes before a connection that was accepted. One in plaintext is let through, to be told why it is refused. */
    ChannelHandler accepting() {
        return new FirstBytes(server, handshakes);
    }

    /** The connection has deadlines of its own, and what does not flow out is not waited for: silence must show in time. */
    private static SslHandler timed(SslHandler handler) {
        handler.setHandshakeTimeoutMillis(0);
        handler.setCloseNotifyFlushTimeoutMillis(1);
        return handler;
    }

    void close() {
        handshakes.shutdown();
    }

    private static final class FirstBytes extends OptionalSslHandler {

        private final Executor handshakes;

        FirstBytes(SslContext context, Executor handshakes) {
            super(context);
            this.handshakes = handshakes;
        }

        @Override
        protected SslHandler newSslHandler(ChannelHandlerContext ctx, SslContext context) {
            return timed(context.newHandler(ctx.alloc(), handshakes));
        }

        @Override
        protected ChannelHandler newNonSslHandler(ChannelHandlerContext ctx) {
            return new ChannelInboundHandlerAdapter();
        }
    }
}
