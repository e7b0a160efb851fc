package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.Membership;
import io.dengine.transport.PeerTransport.JoinAnswer;
import io.dengine.transport.PeerTransport.JoinRequest;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/** Asks the node at an address to take this one in. */
final class JoinConnection extends GuestConnection {

    private final Patience patience;
    private final JoinRequest request;
    private final Consumer<JoinAnswer> answer;

    JoinConnection(
            NettyPeerConfig config,
            Patience patience,
            PeerAddress seed,
            JoinRequest request,
            Consumer<JoinAnswer> answer) {
        super(config, seed);
        this.patience = patience;
        this.request = request;
        this.answer = answer;
    }

    @Override
    void welcomed(Hello host) {
        ByteBuf out = channel().alloc().buffer();
        ClusterCodec.write(request, out);
        write(out);
        long patienceMillis = patience.joinAnswerMillis() + config.connectTimeoutMillis();
        closeAfter(patienceMillis, "it did not decide within " + patienceMillis + " ms");
    }

    @Override
    void onReply(FrameType type, ByteBuf body) throws MalformedFrameException {
        if (type != FrameType.JOIN_ANSWER) {
            throw new MalformedFrameException(type + " in answer to a request to join");
        }
        answer(ClusterCodec.readJoinAnswer(body));
        close("it has answered");
    }

    @Override
    void metItself() {
        failed(address + " is this node itself");
    }

    @Override
    void refused(Refusal refusal) {
        boolean passes = refusal.reason() == Refusal.Reason.BUSY;
        answer(new JoinAnswer(
                passes ? JoinAnswer.Outcome.RETRY : JoinAnswer.Outcome.REFUSED, refusal.text(), Membership.NONE));
    }

    @Override
    void failed(String reason) {
        answer(new JoinAnswer(JoinAnswer.Outcome.RETRY, reason, Membership.NONE));
    }

    private void answer(JoinAnswer given) {
        if (answersFirst()) {
            answer.accept(given);
        }
    }
}
