package io.dengine.transport.netty;

import io.dengine.config.Security.PeerTls;
import io.dengine.tls.TlsFailure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What both ends of a connection share: cutting bytes into frames, a deadline for the handshake, and closing when the
 * other end falls silent. Owned by the transport thread.
 */
abstract class Connection extends ByteToMessageDecoder {

    /** Longer than any handshake frame: who has not said who it is gets no more memory than this. */
    static final int HANDSHAKE_FRAME_BYTES = 4096;

    /** The times within the idle timeout at which silence is looked at, and at which the dialler speaks. */
    private static final int TICKS_PER_IDLE_TIMEOUT = 3;

    private static final Logger log = LoggerFactory.getLogger(NettyPeerTransport.class);

    final NettyPeerConfig config;
    private @Nullable Channel channel;
    private @Nullable Future<?> deadline;
    private @Nullable Future<?> ticks;
    private int frameLimit = HANDSHAKE_FRAME_BYTES;
    private int silentTicks;
    private int silentTicksBorne = TICKS_PER_IDLE_TIMEOUT;
    private String closeReason = "the other side closed it";
    private boolean closing;

    Connection(NettyPeerConfig config) {
        this.config = config;
    }

    /** Names the other end in a log line. */
    abstract String otherEnd();

    abstract void opened();

    abstract void onFrame(FrameType type, ByteBuf body) throws MalformedFrameException;

    /** The TLS handshake failed, and the connection ends. */
    abstract void tlsFailed(TlsFailure failure);

    /** What came is TLS, which this node does not speak here. */
    abstract void spokenToInTls();

    /** Called at each tick while the connection stands. */
    abstract void onTick();

    /** Called once after the connection ended, with the reason. */
    abstract void closed(String reason);

    final Channel channel() {
        Channel open = channel;
        if (open == null) {
            throw new IllegalStateException("not connected yet");
        }
        return open;
    }

    /** The other end is known: sets another frame limit and lifts the handshake's deadline. */
    final void handshakeDone(int maxFrameBytes) {
        frameLimit = maxFrameBytes;
        cancel(deadline);
    }

    /** Closes after a while, unless another deadline is set before. */
    final void closeAfter(long millis, String reason) {
        cancel(deadline);
        deadline = channel().eventLoop().schedule(() -> close(reason), millis, TimeUnit.MILLISECONDS);
    }

    /** Tells the other end that this one lives. Past any queue: at most one a tick. */
    final void ping() {
        writeEmpty(FrameType.PING);
    }

    /** An other end that does not read gets no more answers: they would pile up here. */
    final void pong() {
        if (channel().isWritable()) {
            writeEmpty(FrameType.PONG);
        }
    }

    private void writeEmpty(FrameType type) {
        ByteBuf out = channel().alloc().buffer(Frames.HEADER_BYTES);
        Frames.empty(type, out);
        write(out);
    }

    private static void cancel(@Nullable Future<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }

    private long silentMillis() {
        return config.idleTimeout().toMillis() * silentTicksBorne / TICKS_PER_IDLE_TIMEOUT;
    }

    /** Bears as long a silence as this, if that is longer than the idle timeout. */
    final void bearSilence(Duration silence) {
        long periodNanos = config.idleTimeout().toNanos() / TICKS_PER_IDLE_TIMEOUT;
        silentTicksBorne = (int) Math.max(TICKS_PER_IDLE_TIMEOUT, silence.toNanos() / periodNanos);
    }

    /** Returns the other end's address. */
    final String remoteHost() {
        SocketAddress remote = channel().remoteAddress();
        return remote instanceof InetSocketAddress inet ? inet.getAddress().getHostAddress() : "an unknown address";
    }

    /** Writes frames at once. */
    @SuppressWarnings("FutureReturnValueIgnored") // a void promise: a failure comes to exceptionCaught
    final void write(ByteBuf frames) {
        channel().writeAndFlush(frames, channel().voidPromise());
    }

    /** Closes; nothing that arrived and was not read yet will be. */
    @SuppressWarnings("FutureReturnValueIgnored") // its end is heard of in channelInactive
    final void close(String reason) {
        if (!closing) {
            closing = true;
            closeReason = reason;
            channel().close();
        }
    }

    /** Returns whether the connection ends: what still arrives does not count. */
    final boolean isClosing() {
        return closing;
    }

    /** Writes one last frame, then closes. */
    @SuppressWarnings("FutureReturnValueIgnored") // written or not, the connection ends
    final void refuse(Refusal refusal) {
        if (!closing) {
            closing = true;
            closeReason = refusal.text();
            ByteBuf out = channel().alloc().buffer();
            refusal.writeTo(out);
            channel().writeAndFlush(out).addListener(written -> channel().close());
        }
    }

    @Override
    public final void channelActive(ChannelHandlerContext ctx) {
        channel = ctx.channel();
        long periodNanos = config.idleTimeout().toNanos() / TICKS_PER_IDLE_TIMEOUT;
        ticks = ctx.executor().scheduleWithFixedDelay(this::tick, periodNanos, periodNanos, TimeUnit.NANOSECONDS);
        handshakeWithin(config.connectTimeoutMillis());
        opened();
    }

    private void handshakeWithin(int millis) {
        closeAfter(millis, "no handshake within " + millis + " ms");
    }

    /** TLS takes a handshake of its own, which may last as long. */
    @Override
    public final void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess() && !closing) {
            handshakeWithin(config.connectTimeoutMillis());
        }
        super.userEventTriggered(ctx, event);
    }

    /** Returns whether the other end is on TLS. */
    final boolean isTls() {
        return channel().pipeline().get(SslHandler.class) != null;
    }

    /**
     * Counts ticks instead of reading a clock: a pause of this process is one long tick, and what the other end sent
     * meanwhile is read before the next.
     */
    private void tick() {
        silentTicks++;
        if (silentTicks > silentTicksBorne) {
            close("nothing came for " + silentMillis() + " ms");
        } else {
            onTick();
        }
    }

    @Override
    protected final void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        silentTicks = 0;
        if (closing) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (in.readableBytes() < Frames.LENGTH_BYTES) {
            return;
        }
        int length = in.getInt(in.readerIndex());
        if (isTlsRecord(length) && !isTls()) {
            in.skipBytes(in.readableBytes());
            spokenToInTls();
            return;
        }
        if (length < 1 || length > frameLimit - Frames.LENGTH_BYTES) {
            throw new MalformedFrameException("a frame length of " + Integer.toUnsignedString(length)
                    + ", the limit is " + (frameLimit - Frames.LENGTH_BYTES));
        }
        if (in.readableBytes() < Frames.LENGTH_BYTES + length) {
            return;
        }
        in.skipBytes(Frames.LENGTH_BYTES);
        FrameType type = FrameType.ofCode(in.readByte());
        onFrame(type, in.readSlice(length - 1));
    }

    /** A record of TLS 1.0 to 1.3 begins with its type, 20 to 23, and a version of 3.x; no frame is as long as that says. */
    private static boolean isTlsRecord(int firstBytes) {
        int type = firstBytes >>> 24;
        return type >= 20 && type <= 23 && (firstBytes >>> 16 & 0xFF) == 3;
    }

    @Override
    public final void channelInactive(ChannelHandlerContext ctx) throws Exception {
        closing = true;
        cancel(ticks);
        cancel(deadline);
        super.channelInactive(ctx);
        closed(closeReason);
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Throwable origin = cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
        if (closing) {
            log.debug("node {}: after the connection with {} was closed", config.self(), otherEnd(), origin);
        } else if (origin instanceof MalformedFrameException) {
            log.warn(
                    "node {}: closing the connection with {}: malformed frame: {}",
                    config.self(),
                    otherEnd(),
                    origin.getMessage());
        } else if (origin instanceof SSLException) {
            PeerTls tls = config.tls();
            TlsFailure failure =
                    TlsFailure.of(origin, tls == null ? null : tls.source().current());
            tlsFailed(failure);
            close(failure.text());
        } else if (!(origin instanceof IOException)) {
            log.error("node {}: closing the connection with {}", config.self(), otherEnd(), origin);
        }
        close(String.valueOf(origin.getMessage()));
    }
}
