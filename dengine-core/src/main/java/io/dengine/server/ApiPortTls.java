package io.dengine.server;

import io.dengine.config.Security.ApiTls;
import io.dengine.raft.membership.NodeId;
import io.dengine.tls.TlsFailure;
import io.dengine.tls.netty.TlsContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS at the API port, and a line for each client that is refused by it, which gRPC says nothing of: one for each host, until
 * it has another reason or has come in. Thread-safe.
 */
final class ApiPortTls {

    /** Anyone may come from any host, so the number of hosts needs a bound. */
    private static final int MAX_HOSTS = 256;

    private static final Logger log = LoggerFactory.getLogger(ApiPortTls.class);

    private final NodeId self;
    private final ApiTls tls;

    /** What was said last about each host. Guarded by itself. */
    private final Map<String, String> said = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MAX_HOSTS;
        }
    };

    private ApiPortTls(NodeId self, ApiTls tls) {
        this.self = self;
        this.tls = tls;
    }

    /** Gives a server that is being built TLS. */
    static void secure(NettyServerBuilder server, NodeId self, ApiTls tls) {
        ApiPortTls port = new ApiPortTls(self, tls);
        ClientAuth clients = tls.requireClientCertificate() ? ClientAuth.REQUIRE : ClientAuth.NONE;
        server.sslContext(TlsContexts.server(tls.source(), clients, "h2")).channelFactory(() -> {
            NioServerSocketChannel channel = new NioServerSocketChannel();
            channel.pipeline().addLast(port.new Port());
            return channel;
        });
    }

    private void ended(SocketAddress from, Throwable failure) {
        String host = from instanceof InetSocketAddress inet ? inet.getHostString() : String.valueOf(from);
        if (failure instanceof ClosedChannelException) {
            log.debug("node {}: {} left the API port before it had shaken hands", self, host);
            return;
        }
        TlsFailure why = TlsFailure.of(failure, tls.source().current());
        boolean news;
        synchronized (said) {
            news = !why.text().equals(said.put(host, why.text()));
        }
        if (news) {
            log.warn("node {}: refused a client from {}: {}", self, host, why.text());
        }
    }

    private void succeeded(SocketAddress from) {
        if (from instanceof InetSocketAddress inet) {
            synchronized (said) {
                said.remove(inet.getHostString());
            }
        }
    }

    /** Sees each connection when it is accepted. */
    private final class Port extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Channel accepted) {
                accepted.pipeline().addLast(new FirstBytes());
            }
            ctx.fireChannelRead(message);
        }
    }

    /** Stands before all that gRPC puts into a connection, and leaves with its first bytes, by when TLS is there. */
    private final class FirstBytes extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            SslHandler handler = ctx.pipeline().get(SslHandler.class);
            if (handler != null) {
                SocketAddress from = ctx.channel().remoteAddress();
                handler.handshakeFuture().addListener(handshake -> {
                    if (handshake.isSuccess()) {
                        succeeded(from);
                    } else {
                        ended(from, handshake.cause());
                    }
                });
            }
            ctx.fireChannelRead(message);
            ctx.pipeline().remove(this);
        }
    }
}
