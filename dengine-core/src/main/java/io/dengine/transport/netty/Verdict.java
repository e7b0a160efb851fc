package io.dengine.transport.netty;

import org.jspecify.annotations.Nullable;

/**
 * What a node that has said hello is to this one, for as long as the connection stands: a peer, a guide, or refused.
 *
 * @param refusal why it is refused; null if it is not
 * @param isGuide whether it may lead this node without counting for it
 */
record Verdict(@Nullable Refusal refusal, boolean isGuide) {

    static final Verdict PEER = new Verdict(null, false);
    static final Verdict GUIDE = new Verdict(null, true);

    static Verdict refused(Refusal refusal) {
        return new Verdict(refusal, false);
    }
}
