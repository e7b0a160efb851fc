package io.dengine.transport.netty;

import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerTransport.JoinAnswer;
import io.dengine.transport.PeerTransport.JoinRequest;
import io.dengine.transport.PeerTransport.PeerListener;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What a node may do here without being a peer: learn who this is, and ask once to be taken in. Owned by the transport
 * thread.
 */
final class GuestSession {

    private final NettyPeerConfig config;
    private final Patience patience;
    private final AcceptedConnection connection;
    private final NodeId guest;
    private final PeerListener listener;
    private boolean asked;
    private @Nullable Future<?> deadline;

    GuestSession(Wiring wiring, AcceptedConnection connection, NodeId guest, PeerListener listener) {
        this.config = wiring.config();
        this.patience = wiring.patience();
        this.connection = connection;
        this.guest = guest;
        this.listener = listener;
        connection.closeAfter(config.connectTimeoutMillis(), "it asked for nothing");
    }

    void onFrame(FrameType type, ByteBuf body) throws MalformedFrameException {
        if (type == FrameType.PING) {
            Frames.requireEnd(type, body);
            connection.pong();
        } else if (type == FrameType.REFUSED) {
            connection.close(Refusal.read(body).text());
        } else if (type == FrameType.JOIN_REQUEST && !asked) {
            ask(ClusterCodec.readJoinRequest(body));
        } else {
            throw new MalformedFrameException(type + " from a guest");
        }
    }

    private void ask(JoinRequest request) throws MalformedFrameException {
        if (!request.member().id().equals(guest)) {
            throw new MalformedFrameException("node " + guest + " asks in the name of node "
                    + request.member().id());
        }
        asked = true;
        connection.closeAfter(
                patience.joinAnswerMillis() + config.connectTimeoutMillis(), "it did not take its answer");
        EventLoop loop = connection.channel().eventLoop();
        AtomicBoolean answered = new AtomicBoolean();
        deadline = loop.schedule(
                () -> {
                    if (answered.compareAndSet(false, true)) {
                        reply(retry("node " + config.self() + " did not decide within " + patience.joinAnswerMillis()
                                + " ms"));
                    }
                },
                patience.joinAnswerMillis(),
                TimeUnit.MILLISECONDS);
        listener.onJoin(request, answer -> {
            if (answered.compareAndSet(false, true)) {
                try {
                    loop.execute(() -> reply(answer));
                } catch (RejectedExecutionException e) {
                    return; // the transport is closed, and the guest hears of that
                }
            }
        });
    }

    private static JoinAnswer retry(String text) {
        return new JoinAnswer(JoinAnswer.Outcome.RETRY, text, Membership.NONE);
    }

    /** Leaves it to the guest to close, so that nothing unread turns the end into a reset that eats the answer. */
    private void reply(JoinAnswer answer) {
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (connection.channel().isActive()) {
            ByteBuf out = connection.channel().alloc().buffer();
            ClusterCodec.write(answer, out);
            connection.write(out);
        }
    }
}
