package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to one peer: dials it for as long as the transport lives, and writes what waits. {@link #send} is
 * thread-safe; everything else belongs to the transport thread.
 *
 * <p>The channel gets no more than its write buffer takes, so an urgent message overtakes all that still waits here.
 */
final class PeerLink {

    /** Small messages leave together in buffers of about this size. */
    private static final int BATCH_BYTES = 64 * 1024;

    private static final Logger log = LoggerFactory.getLogger(NettyPeerTransport.class);

    private final NettyPeerConfig config;
    private final NodeId peer;
    private final PeerAddress address;
    private final EventLoop loop;
    private final Dialler dialler;
    private final RepeatFilter repeats;
    private final Runnable onDisconnected;
    private final OutboundQueue queue;
    private final Backoff backoff = new Backoff(ThreadLocalRandom.current());

    /** Set while a drain is certain to come: a task is queued, or the channel will tell when it is writable again. */
    private final AtomicBoolean drainComing = new AtomicBoolean();

    private final AtomicBoolean oversizeLogged = new AtomicBoolean();
    private @Nullable DialledConnection connection;
    private @Nullable Future<?> redial;
    private int dials;
    private boolean stopped;

    PeerLink(
            NettyPeerConfig config,
            NodeId peer,
            EventLoop loop,
            Dialler dialler,
            RepeatFilter repeats,
            Runnable onDisconnected) {
        this.config = config;
        this.peer = peer;
        PeerAddress at = config.peers().get(peer);
        if (at == null) {
            throw new IllegalArgumentException("no peer " + peer);
        }
        this.address = at;
        this.loop = loop;
        this.dialler = dialler;
        this.repeats = repeats;
        this.onDisconnected = onDisconnected;
        this.queue = new OutboundQueue(config.maxQueuedBytes());
    }

    boolean isConnected() {
        return queue.isOpen();
    }

    /** Returns false if the message will certainly not be sent. */
    boolean send(PeerMessage message) {
        long frameBytes = PeerMessageCodec.frameBytesAtMost(message);
        if (frameBytes > config.maxFrameBytes()) {
            if (oversizeLogged.compareAndSet(false, true)) {
                log.error(
                        "node {}: a message of {} bytes to peer {} is above the frame limit of {} and was dropped; "
                                + "more such messages are dropped without a word",
                        config.self(),
                        frameBytes,
                        peer,
                        config.maxFrameBytes());
            }
            return false;
        }
        if (!queue.offer(message, (int) frameBytes, PeerMessageCodec.isUrgent(message))) {
            return false;
        }
        if (drainComing.compareAndSet(false, true)) {
            try {
                loop.execute(this::drain);
            } catch (RejectedExecutionException e) {
                return false; // the transport is closed
            }
        }
        return true;
    }

    /** Writes while the channel takes it, and flushes once. */
    @SuppressWarnings("FutureReturnValueIgnored") // a void promise: a failure closes the connection
    void drain() {
        drainComing.set(false);
        DialledConnection current = connection;
        if (current == null) {
            return;
        }
        Channel channel = current.channel();
        boolean wrote = false;
        while (channel.isWritable()) {
            OutboundQueue.Waiting first = queue.poll(Integer.MAX_VALUE);
            if (first == null) {
                break;
            }
            channel.write(batchFrom(first, channel.alloc()), channel.voidPromise());
            wrote = true;
        }
        if (wrote) {
            channel.flush();
        }
        if (!channel.isWritable()) {
            drainComing.set(true);
        }
    }

    /** Returns {@code first} and what waits behind it, while that is small. */
    private ByteBuf batchFrom(OutboundQueue.Waiting first, ByteBufAllocator allocator) {
        ByteBuf batch = allocator.buffer(Math.max(1024, first.frameBytes()));
        OutboundQueue.Waiting next = first;
        while (next != null) {
            PeerMessageCodec.write(next.message(), batch);
            next = queue.poll(BATCH_BYTES - batch.readableBytes());
        }
        return batch;
    }

    void dial() {
        redial = null;
        if (!stopped) {
            dialler.dial(address, dials++, new DialledConnection(config, peer, this), this::dialFailed);
        }
    }

    /** The peer has reached this node, so it is worth trying now. */
    void dialSoon() {
        Future<?> waiting = redial;
        if (waiting != null && waiting.cancel(false)) {
            dial();
        }
    }

    private void redialAfter(long millis) {
        if (!stopped) {
            redial = loop.schedule(this::dial, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void dialFailed(String reason) {
        if (repeats.isNews(key(), reason)) {
            log.info("node {}: cannot connect to peer {} at {}, retrying: {}", config.self(), peer, address, reason);
        }
        redialAfter(backoff.nextMillis());
    }

    void established(DialledConnection established) {
        connection = established;
        drainComing.set(false);
        queue.open();
        repeats.forget(key());
        log.info("node {}: connected to peer {} at {}", config.self(), peer, address);
    }

    void refused(Refusal refusal) {
        if (repeats.isNews(key(), refusal.text())) {
            log.warn(
                    "node {}: no connection to peer {} at {}, the handshake was refused: {}",
                    config.self(),
                    peer,
                    address,
                    refusal.text());
        }
    }

    void closed(DialledConnection closed, boolean wasEstablished, String reason) {
        if (!wasEstablished) {
            dialFailed(reason);
            return;
        }
        connection = null;
        queue.close();
        if (stopped) {
            return;
        }
        log.info("node {}: the connection to peer {} ended: {}", config.self(), peer, reason);
        onDisconnected.run();
        if (closed.provedItself()) {
            backoff.reset();
            dial();
        } else {
            redialAfter(backoff.nextMillis());
        }
    }

    void stop() {
        stopped = true;
        queue.close();
        if (redial != null) {
            redial.cancel(false);
        }
    }

    private String key() {
        return "to " + peer;
    }
}
