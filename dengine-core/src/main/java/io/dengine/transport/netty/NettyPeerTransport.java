package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport;
import io.dengine.transport.PortInUseException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Peers over TCP. Thread-safe. Each node dials every peer and writes only on what it dialled, so a pair of nodes has two
 * connections, one for each direction, and two more while a snapshot travels. One thread does all input and output; listeners are called on it.
 *
 * <p>A node must prove its cluster, its node id and its storage id at both ends of a connection before anything else is
 * said. Malformed bytes cost their sender the connection and this node nothing.
 */
public final class NettyPeerTransport implements PeerTransport {

    private static final long CLOSE_TIMEOUT_SECONDS = 5;

    private final NettyPeerConfig config;
    private final EventLoop loop;
    private final Patience patience;
    private volatile Followed followed = new Followed(Membership.NONE, EntryId.ZERO);
    private volatile @Nullable Running running;
    private volatile boolean closed;

    private record Followed(Membership membership, EntryId place) {}

    /** What exists from start to close. */
    private record Running(
            ChannelGroup sockets, @Nullable PeerPortTls tls, Wiring wiring, Roster roster, Inbound inbound) {

        void follow(Followed followed) {
            roster.follow(followed.membership, followed.place);
            inbound.recheck();
        }

        /** Returns false if the transport thread has ended. */
        boolean execute(Runnable task) {
            try {
                wiring.loop().execute(task);
                return true;
            } catch (RejectedExecutionException e) {
                return false;
            }
        }
    }

    /** @param thread where all input and output is done; ended by its owner, after this transport */
    public NettyPeerTransport(NettyPeerConfig config, PeerThread thread) {
        this(config, thread, Patience.DEFAULT);
    }

    NettyPeerTransport(NettyPeerConfig config, PeerThread thread, Patience patience) {
        this.config = config;
        this.loop = thread.loop();
        this.patience = patience;
    }

    /**
     * {@inheritDoc}
     *
     * @throws UncheckedIOException if it cannot listen for another reason
     * @throws IllegalStateException if it was started or closed before
     */
    @Override
    public void start(PeerListener listener) {
        Running started = prepare(listener);
        try {
            bind(started);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        started.execute(() -> started.follow(followed));
    }

    private synchronized Running prepare(PeerListener listener) {
        if (closed || running != null) {
            throw new IllegalStateException("a transport starts once");
        }
        ChannelGroup sockets = new DefaultChannelGroup(loop, true);
        PeerPortTls tls = config.tls() == null ? null : new PeerPortTls(config, config.tls());
        Dialler dialler = new Dialler(config, loop, sockets, tls);
        Wiring wiring = new Wiring(config, loop, dialler, new RepeatFilter(), patience);
        PeerListener untilClosed = new UntilClosed(listener, () -> closed);
        Followed first = followed;
        Roster roster = new Roster(wiring, untilClosed, first.membership, first.place);
        Inbound inbound = new Inbound(wiring, untilClosed, roster);
        Running started = new Running(sockets, tls, wiring, roster, inbound);
        running = started;
        return started;
    }

    /** Waits for the thread, which may be about to close this: without the monitor. */
    private void bind(Running running) {
        PeerAddress bind = config.bind();
        InetSocketAddress address = new InetSocketAddress(bind.host(), bind.port());
        ChannelFuture bound = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(SocketSettings.initializer(config, running.sockets, channel -> accepting(running)))
                .bind(address)
                .awaitUninterruptibly();
        if (bound.isSuccess()) {
            running.sockets.add(bound.channel());
            return;
        }
        if (bound.cause() instanceof BindException inUse && isLocal(address)) {
            throw new PortInUseException(address, inUse);
        }
        throw new UncheckedIOException(new IOException("cannot listen on " + bind, bound.cause()));
    }

    private List<ChannelHandler> accepting(Running running) {
        AcceptedConnection connection = new AcceptedConnection(config, running.inbound);
        return running.tls == null ? List.of(connection) : List.of(running.tls.accepting(), connection);
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

    /** {@inheritDoc} May be called before the start; until it is, the membership is {@link Membership#NONE}. */
    @Override
    public void follow(Membership membership, EntryId place) {
        followed = new Followed(membership, place);
        Running now = running;
        if (now != null) {
            now.execute(() -> now.follow(followed));
        }
    }

    @Override
    public boolean send(NodeId to, PeerMessage message) {
        Running now = running;
        PeerLink link = now == null ? null : now.roster().links().get(to);
        return link != null && link.send(message);
    }

    /**
     * {@inheritDoc} A transport that does not run answers on the caller's thread; one that closes meanwhile need not
     * answer.
     */
    @Override
    public void join(PeerAddress seed, JoinRequest request, Consumer<JoinAnswer> answer) {
        ask(new JoinConnection(config, patience, seed, request, answer));
    }

    /**
     * {@inheritDoc} A transport that does not run answers on the caller's thread; one that closes meanwhile need not
     * answer.
     */
    @Override
    public void probe(PeerAddress address, Consumer<Sighting> answer) {
        ask(new ProbeConnection(config, address, answer));
    }

    private void ask(GuestConnection question) {
        Running now = running;
        if (closed
                || now == null
                || !now.execute(
                        () -> now.wiring().dialler().dial(question.address, 0, question, question::notConnected))) {
            question.notConnected("this node is not connected to any network");
        }
    }

    /** Returns the peers that messages can be sent to now. */
    public Set<NodeId> connectedPeers() {
        Set<NodeId> connected = new TreeSet<>();
        Running now = running;
        if (now != null) {
            now.roster().links().forEach((peer, link) -> {
                if (link.isConnected()) {
                    connected.add(peer);
                }
            });
        }
        return connected;
    }

    /**
     * {@inheritDoc} Returns when all sockets are closed, or after 5 s. The listener hears nothing from the
     * moment this is called, save for a call that is under way.
     */
    @Override
    public void close() {
        Running now;
        synchronized (this) {
            now = closed ? null : running;
            closed = true;
        }
        if (now == null) {
            return;
        }
        Promise<Void> done = loop.newPromise();
        boolean begun = now.execute(() -> {
            now.roster().stop();
            now.wiring().dialler().close();
            if (now.tls() != null) {
                now.tls().close();
            }
            closeSockets(now, () -> done.setSuccess(null));
        });
        if (begun && !loop.inEventLoop()) {
            done.awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    }

    /**
     * A closed channel gives up its socket at the next selection: before that peers do not see the end, and the port is taken. A
     * scheduled task comes after a selection.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // closed or not, nothing is left to do
    private void closeSockets(Running now, Runnable then) {
        now.sockets().close();
        loop.schedule(then, 1, TimeUnit.NANOSECONDS);
    }

    static String threadName(NodeId self) {
        return "dengine-" + self + "-peers";
    }
}
