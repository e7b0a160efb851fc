package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection out to a peer, and what waits for it. The lane for messages dials for as long as it lives; the one for
 * parts of snapshots while something waits. {@link #send} is thread-safe; everything else belongs to the transport
 * thread.
 *
 * <p>The channel gets no more than its write buffer takes, so an urgent message overtakes all that still waits here.
 */
final class Lane {

    /** The most bytes of parts of snapshots that wait for one peer; who asked for one that was dropped asks again. */
    static final long MAX_BULK_QUEUED_BYTES = 8 << 20;

    /** Small messages leave together in buffers of about this size. */
    private static final int BATCH_BYTES = 64 * 1024;

    private static final Logger log = LoggerFactory.getLogger(NettyPeerTransport.class);

    private final Wiring wiring;
    private final PeerLink link;
    private final Hello.Purpose purpose;
    private final int maxFrameBytes;
    private final OutboundQueue queue;
    private final Backoff backoff = new Backoff(ThreadLocalRandom.current());

    /** Set while a drain is certain to come: a task is queued, or the channel will tell when it is writable again. */
    private final AtomicBoolean drainComing = new AtomicBoolean();

    private final AtomicBoolean oversizeLogged = new AtomicBoolean();
    private @Nullable DialledConnection connection;
    private @Nullable Future<?> redial;
    private @Nullable PeerAddress dialling;
    private long lastWriteNanos;
    private int attempts;

    /** Whether the link knows of the connection. */
    private boolean told;

    private boolean stopped;

    Lane(Wiring wiring, PeerLink link, Hello.Purpose purpose) {
        NettyPeerConfig config = wiring.config();
        this.wiring = wiring;
        this.link = link;
        this.purpose = purpose;
        this.maxFrameBytes = maxFrameBytes(config, purpose);
        this.queue = new OutboundQueue(isBulk() ? MAX_BULK_QUEUED_BYTES : config.maxQueuedBytes());
    }

    /** Returns the longest frame on a connection of that purpose. */
    static int maxFrameBytes(NettyPeerConfig config, Hello.Purpose purpose) {
        return purpose == Hello.Purpose.BULK
                ? Math.min(PeerMessageCodec.MAX_BULK_FRAME_BYTES, config.maxFrameBytes())
                : config.maxFrameBytes();
    }

    Hello.Purpose purpose() {
        return purpose;
    }

    private boolean isBulk() {
        return purpose == Hello.Purpose.BULK;
    }

    /**
     * Returns how long the peer may say nothing. Over a slow network a PING waits behind a chunk for longer than the idle
     * timeout; whether the peer lives shows in the lane for messages.
     */
    Duration silenceBorne() {
        return isBulk() ? wiring.patience().bulkIdle() : wiring.config().idleTimeout();
    }

    /** Returns whether messages are taken. */
    boolean isOpen() {
        return queue.isOpen();
    }

    /** Takes messages from now on. */
    void open() {
        queue.open();
    }

    /** Takes no more messages, drops those that wait, and closes the connection. */
    void shut(String reason) {
        queue.close();
        closeIf(any -> true, reason);
    }

    @Nullable
    DialledConnection connection() {
        return connection;
    }

    /** Returns false if the message will certainly not be sent. */
    boolean send(PeerMessage message) {
        long frameBytes = PeerMessageCodec.frameBytesAtMost(message);
        if (frameBytes > maxFrameBytes) {
            logOversize(frameBytes);
            return false;
        }
        if (!queue.offer(message, (int) frameBytes, PeerMessageCodec.isUrgent(message))) {
            return false;
        }
        if (drainComing.compareAndSet(false, true)) {
            try {
                wiring.loop().execute(this::drain);
            } catch (RejectedExecutionException e) {
                return false; // the transport is closed
            }
        }
        return true;
    }

    private void logOversize(long frameBytes) {
        if (oversizeLogged.compareAndSet(false, true)) {
            log.error(
                    "node {}: a message of {} bytes to peer {} is above the frame limit of {} and was dropped; "
                            + "more such messages are dropped without a word",
                    self(),
                    frameBytes,
                    link.peer(),
                    maxFrameBytes);
        }
    }

    /** Writes while the channel takes it, and flushes once. */
    @SuppressWarnings("FutureReturnValueIgnored") // a void promise: a failure closes the connection
    void drain() {
        drainComing.set(false);
        DialledConnection current = connection;
        if (current == null) {
            if (redial == null) {
                dial();
            }
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
            lastWriteNanos = System.nanoTime();
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

    /** Dials, unless that is under way or done, not wanted, or no address is known. */
    void dial() {
        redial = null;
        if (stopped || dialling != null || connection != null || (isBulk() && queue.isEmpty())) {
            return;
        }
        PeerAddress address = link.addressFor(purpose, attempts);
        if (address == null) {
            queue.clear();
            return;
        }
        dialling = address;
        int round = link.roundOf(attempts++);
        wiring.dialler()
                .dial(
                        address,
                        round,
                        new DialledConnection(wiring.config(), link.peer(), address, this),
                        this::dialFailed);
    }

    /** There is reason to believe that a dial succeeds now. */
    void dialSoon() {
        if (redial != null) {
            redial.cancel(false);
        }
        dial();
    }

    /** The addresses to try have changed: begins with the first. */
    void restartAttempts() {
        attempts = 0;
    }

    private void redialAfter(long millis) {
        if (!stopped) {
            redial = wiring.loop().schedule(this::dial, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void dialFailed(String reason) {
        PeerAddress address = dialling;
        dialling = null;
        if (isBulk()) {
            queue.clear();
        }
        if (stopped) {
            return;
        }
        if (wiring.repeats().isNews(key(address), reason)) {
            log.info("node {}: cannot connect to peer {} at {}, retrying: {}", self(), link.peer(), address, reason);
        }
        redialAfter(backoff.nextMillis());
    }

    /** Returns what this node says first. */
    Hello hello() {
        return Hello.of(wiring.config(), link.peer(), purpose, link.place());
    }

    Verdict judge(Hello hello) {
        return link.judge(hello);
    }

    /** The other side refused. */
    void refusedBy(Refusal refusal) {
        logRefusal(refusal.text());
        link.refusedBy(refusal);
    }

    void logRefusal(String text) {
        PeerAddress address = dialling;
        if (wiring.repeats().isNews(key(address), text)) {
            log.warn(
                    "node {}: no connection to peer {} at {}, the handshake failed: {}",
                    self(),
                    link.peer(),
                    address,
                    text);
        }
    }

    void established(DialledConnection established) {
        dialling = null;
        attempts = 0;
        connection = established;
        lastWriteNanos = System.nanoTime();
        wiring.repeats().forget(key(established.dialled()));
        if (stopped) {
            established.close("it is not wanted any more");
            return;
        }
        if (isBulk()) {
            log.debug("node {}: connected to peer {} for parts of snapshots", self(), link.peer());
        } else {
            log.info("node {}: connected to peer {} at {}", self(), link.peer(), established.dialled());
            told = true;
            link.established(established.met(), established.isGuide());
        }
        drain();
    }

    /** An unused bulk connection ends. */
    void onTick(DialledConnection current) {
        if (isBulk()
                && queue.isEmpty()
                && System.nanoTime() - lastWriteNanos
                        > wiring.patience().bulkIdle().toNanos()) {
            current.close("nothing was sent for a while");
        }
    }

    void closed(DialledConnection closed, boolean wasEstablished, String reason) {
        if (!wasEstablished) {
            dialFailed(reason);
            return;
        }
        connection = null;
        drainComing.set(false);
        if (isBulk()) {
            queue.clear();
            log.debug("node {}: the bulk connection to peer {} ended: {}", self(), link.peer(), reason);
        } else {
            queue.close();
            log.info("node {}: the connection to peer {} ended: {}", self(), link.peer(), reason);
            if (told) {
                told = false;
                link.disconnected();
            }
        }
        if (closed.provedItself()) {
            backoff.reset();
            dial();
        } else {
            redialAfter(backoff.nextMillis());
        }
    }

    /** Closes the connection, to dial anew, if there is one of which {@code isWrong} holds. */
    void closeIf(Predicate<DialledConnection> isWrong, String reason) {
        DialledConnection current = connection;
        if (current != null && isWrong.test(current)) {
            current.close(reason);
        }
    }

    /** Ends for good. */
    void stop(String reason) {
        stopped = true;
        if (redial != null) {
            redial.cancel(false);
        }
        shut(reason);
    }

    private NodeId self() {
        return wiring.config().self();
    }

    private String key(@Nullable PeerAddress address) {
        return "to " + link.peer() + " at " + address;
    }
}
