package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections. Resolves the host at each dial, since a peer may come back under another address; a name is looked
 * up on a thread that lives only as long, since the lookup blocks. Owned by the transport thread.
 */
final class Dialler {

    /** Lookups under way at once, each on a thread of its own; beyond it a dial fails. */
    private static final int MAX_LOOKUPS = 64;

    private final NettyPeerConfig config;
    private final EventLoop loop;
    private final ChannelGroup sockets;
    private final Bootstrap bootstrap;
    private final ThreadPoolExecutor resolver;
    private final @Nullable PeerPortTls tls;

    Dialler(NettyPeerConfig config, EventLoop loop, ChannelGroup sockets, @Nullable PeerPortTls tls) {
        this.config = config;
        this.loop = loop;
        this.sockets = sockets;
        this.tls = tls;
        this.bootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, config.connectTimeoutMillis());
        this.resolver = new ThreadPoolExecutor(0, MAX_LOOKUPS, 1, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, NettyPeerTransport.threadName(config.self()) + "-resolver");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Dials; of a name with several addresses each attempt takes the next.
     *
     * @param onFailure gets the reason if no connection comes about; else {@code connection} hears of it
     */
    void dial(PeerAddress address, int attempt, Connection connection, Consumer<String> onFailure) {
        InetAddress literal = NetUtil.createInetAddressFromIpAddressString(address.host());
        if (literal != null) {
            connect(address, literal, connection, onFailure);
            return;
        }
        try {
            resolver.execute(() -> resolve(address, attempt, connection, onFailure));
        } catch (RejectedExecutionException e) {
            onFailure.accept("there are " + MAX_LOOKUPS + " lookups of names under way already");
        }
    }

    private void resolve(PeerAddress address, int attempt, Connection connection, Consumer<String> onFailure) {
        try {
            InetAddress[] found = InetAddress.getAllByName(address.host());
            InetAddress chosen = found[Math.floorMod(attempt, found.length)];
            onLoop(() -> connect(address, chosen, connection, onFailure));
        } catch (UnknownHostException e) {
            onLoop(() -> onFailure.accept("unknown host " + address.host()));
        }
    }

    private void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The transport was closed during the lookup: nobody waits for its outcome.
            return;
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the listener gets the outcome
    private void connect(PeerAddress address, InetAddress resolved, Connection connection, Consumer<String> onFailure) {
        bootstrap
                .clone()
                .handler(SocketSettings.initializer(
                        config,
                        sockets,
                        channel -> tls == null
                                ? List.of(connection)
                                : List.of(tls.dialling(channel.alloc(), address), connection)))
                .connect(new InetSocketAddress(resolved, address.port()))
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        onFailure.accept(String.valueOf(connected.cause().getMessage()));
                    }
                });
    }

    void close() {
        resolver.shutdownNow();
    }
}
