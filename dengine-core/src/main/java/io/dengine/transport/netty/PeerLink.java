package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerMessage;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The way to one peer: where it is, a lane for messages, and one for parts of snapshots, so that no heartbeat waits
 * behind those. {@link #send} is thread-safe; everything else belongs to the transport thread.
 */
final class PeerLink {

    private final NodeId peer;
    private final Roster roster;
    private final PeerAddresses addresses;
    private final Lane messages;
    private final Lane bulk;

    PeerLink(Wiring wiring, NodeId peer, Roster roster) {
        this.peer = peer;
        this.roster = roster;
        this.addresses = new PeerAddresses(wiring.config().fallbackAddresses().get(peer));
        this.messages = new Lane(wiring, this, Hello.Purpose.MESSAGES);
        this.bulk = new Lane(wiring, this, Hello.Purpose.BULK);
    }

    NodeId peer() {
        return peer;
    }

    boolean isConnected() {
        return messages.isOpen();
    }

    /** Returns false if the message will certainly not be sent. */
    boolean send(PeerMessage message) {
        return (PeerMessageCodec.isBulk(message) ? bulk : messages).send(message);
    }

    /** Takes what the membership says of the peer. */
    void follow(Member member) {
        boolean moved = addresses.follow(member.address());
        PeerAddress now = addresses.ofAttempt(0);
        closeIf(
                current -> member.isOtherStorage(current.met().storageId()),
                "the member is another storage now: " + member.storageId());
        if (moved) {
            closeIf(
                    current -> !current.met().address().equals(now)
                            && !current.dialled().equals(now),
                    "the member is at " + now + " now");
            messages.restartAttempts();
        }
        messages.dialSoon();
    }

    /** The peer has shaken hands and said where it is: what is connected to another place is not the peer any more. */
    void announced(PeerAddress address) {
        addresses.announced(address);
        closeIf(current -> !current.met().address().equals(address), "the peer is at " + address + " now");
        messages.restartAttempts();
        messages.dialSoon();
    }

    /** Snapshots go where messages go. */
    @Nullable
    PeerAddress addressFor(Hello.Purpose purpose, int attempt) {
        if (purpose == Hello.Purpose.MESSAGES) {
            return addresses.ofAttempt(attempt);
        }
        DialledConnection current = messages.connection();
        return current == null ? null : current.dialled();
    }

    int roundOf(int attempt) {
        return addresses.roundOfAttempt(attempt);
    }

    @Nullable
    Refusal refusalOf(Hello hello) {
        Refusal refusal = Refusal.ofStranger(hello, roster.config());
        if (refusal == null && hello.nodeId() != peer.value()) {
            return new Refusal(
                    Refusal.Reason.WRONG_TARGET, "node " + hello.nodeId() + " answers at the address of node " + peer);
        }
        return refusal == null ? roster.refusalOf(hello) : refusal;
    }

    void refusedBy(Refusal refusal) {
        roster.refusedBy(peer, refusal);
    }

    /** The lane for messages is connected. */
    void established(Hello hello) {
        messages.open();
        bulk.open();
        roster.met(hello);
    }

    /** The lane for messages is not connected any more. */
    void disconnected() {
        bulk.shut("messages do not reach the peer");
        roster.disconnected(peer);
    }

    /** The peer is none any more. */
    void stop(String reason) {
        messages.stop(reason);
        bulk.stop(reason);
    }

    private void closeIf(Predicate<DialledConnection> isWrong, String reason) {
        messages.closeIf(isWrong, reason);
        bulk.closeIf(isWrong, reason);
    }
}
