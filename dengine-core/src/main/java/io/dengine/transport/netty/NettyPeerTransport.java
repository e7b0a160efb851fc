package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport;
import io.dengine.transport.PortInUseException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Peers over TCP. Thread-safe. Each node dials every peer and writes only on what it dialled, so a pair of nodes has two
 * connections, one for each direction. One thread does all input and output; listeners are called on it.
 *
 * <p>A node must prove its cluster, its node id and its storage id at both ends of a connection before anything else is
 * said. Malformed bytes cost their sender the connection and this node nothing.
 */
public final class NettyPeerTransport implements PeerTransport {

    private static final long CLOSE_TIMEOUT_SECONDS = 5;

    private final NettyPeerConfig config;
    private volatile Map<NodeId, PeerLink> links = Map.of();
    private volatile boolean closed;
    private @Nullable MultiThreadIoEventLoopGroup group;
    private @Nullable Dialler dialler;
    private @Nullable ChannelGroup channels;

    public NettyPeerTransport(NettyPeerConfig config) {
        this.config = config;
    }

    /**
     * {@inheritDoc}
     *
     * @throws UncheckedIOException if it cannot listen for another reason
     * @throws IllegalStateException if it was started or closed before
     */
    @Override
    public synchronized void start(PeerListener listener) {
        if (closed || group != null) {
            throw new IllegalStateException("a transport starts once");
        }
        MultiThreadIoEventLoopGroup threads =
                new MultiThreadIoEventLoopGroup(1, this::newThread, NioIoHandler.newFactory());
        group = threads;
        EventLoop loop = threads.next();
        ChannelGroup sockets = new DefaultChannelGroup(loop, true);
        channels = sockets;
        Dialler dials = new Dialler(config, loop, sockets);
        dialler = dials;
        RepeatFilter repeats = new RepeatFilter();
        PeerListener untilClosed = new UntilClosed(listener);
        Map<NodeId, PeerLink> created = new TreeMap<>();
        for (NodeId peer : config.peers().keySet()) {
            created.put(peer, new PeerLink(config, peer, loop, dials, repeats, () -> untilClosed.onDisconnected(peer)));
        }
        Inbound inbound = new Inbound(
                config,
                untilClosed,
                peer -> {
                    PeerLink link = created.get(peer);
                    if (link != null) {
                        link.dialSoon();
                    }
                },
                repeats);
        try {
            bind(threads, sockets, inbound);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        links = created;
        loop.execute(() -> created.values().forEach(PeerLink::dial));
    }

    private void bind(MultiThreadIoEventLoopGroup threads, ChannelGroup sockets, Inbound inbound) {
        PeerAddress bind = config.bind();
        InetSocketAddress address = new InetSocketAddress(bind.host(), bind.port());
        ChannelFuture bound = new ServerBootstrap()
                .group(threads)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(
                        SocketSettings.initializer(config, sockets, () -> new AcceptedConnection(config, inbound)))
                .bind(address)
                .awaitUninterruptibly();
        if (bound.isSuccess()) {
            sockets.add(bound.channel());
            return;
        }
        if (bound.cause() instanceof BindException inUse && isLocal(address)) {
            throw new PortInUseException(address, inUse);
        }
        throw new UncheckedIOException(new IOException("cannot listen on " + bind, bound.cause()));
    }

    /** An address of another machine is refused with the same exception as a port in use. */
    private static boolean isLocal(InetSocketAddress address) {
        try {
            return address.getAddress().isAnyLocalAddress()
                    || NetworkInterface.getByInetAddress(address.getAddress()) != null;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public boolean send(NodeId to, PeerMessage message) {
        PeerLink link = links.get(to);
        return link != null && link.send(message);
    }

    /** Returns the peers that messages can be sent to now. */
    public Set<NodeId> connectedPeers() {
        Set<NodeId> connected = new TreeSet<>();
        links.forEach((peer, link) -> {
            if (link.isConnected()) {
                connected.add(peer);
            }
        });
        return connected;
    }

    /**
     * {@inheritDoc} Returns when the transport's thread has ended, or after 5 s. The listener hears nothing from the
     * moment this is called, save for a call that is under way.
     */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // awaited as the termination future
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        MultiThreadIoEventLoopGroup threads = group;
        Dialler dials = dialler;
        ChannelGroup sockets = channels;
        if (threads == null || dials == null || sockets == null) {
            return;
        }
        EventLoop loop = threads.next();
        Map<NodeId, PeerLink> started = links;
        loop.execute(() -> {
            started.values().forEach(PeerLink::stop);
            dials.close();
            sockets.close();
            // A closed channel gives up its socket at the next selection, and a loop that ends makes none: peers would
            // not see the end, and the port would stay taken. A scheduled task comes after a selection.
            loop.schedule(
                    () -> threads.shutdownGracefully(0, CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS),
                    1,
                    TimeUnit.NANOSECONDS);
        });
        if (!loop.inEventLoop()) {
            threads.terminationFuture().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    }

    private Thread newThread(Runnable task) {
        Thread thread = new FastThreadLocalThread(task, threadName(config.self()));
        thread.setDaemon(true);
        return thread;
    }

    static String threadName(NodeId self) {
        return "dengine-" + self + "-peers";
    }

    /** Keeps what still arrives while connections close away from a listener that is being taken down. */
    private final class UntilClosed implements PeerListener {

        private final PeerListener listener;

        UntilClosed(PeerListener listener) {
            this.listener = listener;
        }

        @Override
        public void onMessage(NodeId from, PeerMessage message) {
            if (!closed) {
                listener.onMessage(from, message);
            }
        }

        @Override
        public void onDisconnected(NodeId peer) {
            if (!closed) {
                listener.onDisconnected(peer);
            }
        }

        @Override
        public void onSeen(io.dengine.raft.membership.Member peer) {
            if (!closed) {
                listener.onSeen(peer);
            }
        }

        @Override
        public void onJoin(JoinRequest request, java.util.function.Consumer<JoinAnswer> answer) {
            if (!closed) {
                listener.onJoin(request, answer);
            }
        }

        @Override
        public void onRefused(NodeId peer, String text) {
            if (!closed) {
                listener.onRefused(peer, text);
            }
        }
    }

    @Override
    public void follow(io.dengine.raft.membership.Membership membership) {
        throw new AssertionError("seam");
    }

    @Override
    public void join(
            io.dengine.config.PeerAddress seed, JoinRequest request, java.util.function.Consumer<JoinAnswer> answer) {
        throw new AssertionError("seam");
    }

    @Override
    public void probe(io.dengine.config.PeerAddress address, java.util.function.Consumer<Sighting> answer) {
        throw new AssertionError("seam");
    }
}
