package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.dengine.transport.PeerTransport.Sighting;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/** Asks who listens at an address. */
final class ProbeConnection extends GuestConnection {

    private final Consumer<Sighting> answer;

    ProbeConnection(NettyPeerConfig config, PeerAddress address, Consumer<Sighting> answer) {
        super(config, address);
        this.answer = answer;
    }

    @Override
    void welcomed(Hello host) {
        answer(new Sighting(host.speaker(), ""));
        close("it has answered");
    }

    @Override
    void onReply(FrameType type, ByteBuf body) throws MalformedFrameException {
        throw new MalformedFrameException(type + " without a question");
    }

    @Override
    void metItself() {
        failed(address + " is this node itself");
    }

    @Override
    void refused(Refusal refusal) {
        String what;
        switch (refusal.reason()) {
            case CLUSTER -> what = "belongs to another cluster: ";
            case VERSION -> what = "runs another version: ";
            default -> what = "does not answer: ";
        }
        failed("the node at " + address + " " + what + refusal.text());
    }

    @Override
    void failed(String reason) {
        answer(new Sighting(null, reason));
    }

    private void answer(Sighting sighting) {
        if (answersFirst()) {
            answer.accept(sighting);
        }
    }
}
