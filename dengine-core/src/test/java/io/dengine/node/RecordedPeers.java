package io.dengine.node;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.RaftMessage;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Peers played by the test: keeps what they were sent, and says what the test has them say. */
final class RecordedPeers implements PeerTransport {

    record Sent(NodeId to, PeerMessage message) {}

    /** A request to join that the test may answer. */
    record Join(PeerAddress seed, JoinRequest request, Consumer<JoinAnswer> answer) {}

    /** A probe that the test may answer. */
    record Probe(PeerAddress address, Consumer<Sighting> answer) {}

    final List<Sent> sent = new ArrayList<>();
    final List<Join> joins = new ArrayList<>();
    final List<Probe> probes = new ArrayList<>();
    Membership followed = Membership.NONE;
    boolean connected = true;
    boolean closed;
    private @Nullable PeerListener listener;

    @Override
    public void start(PeerListener listener) {
        this.listener = listener;
    }

    @Override
    public boolean send(NodeId to, PeerMessage message) {
        return connected && !closed && sent.add(new Sent(to, message));
    }

    @Override
    public void close() {
        closed = true;
    }

    void say(int from, PeerMessage message) {
        if (listener != null) {
            listener.onMessage(NodeId.of(from), message);
        }
    }

    void say(int from, RaftMessage message) {
        say(from, new PeerMessage.Consensus(message));
    }

    void disconnect(int peer) {
        if (listener != null) {
            listener.onDisconnected(NodeId.of(peer));
        }
    }

    void see(Member peer) {
        if (listener != null) {
            listener.onSeen(peer);
        }
    }

    void askToJoin(Member guest, Consumer<JoinAnswer> answer) {
        if (listener != null) {
            listener.onJoin(new JoinRequest(guest), answer);
        }
    }

    void refuse(int peer, String text) {
        if (listener != null) {
            listener.onRefused(NodeId.of(peer), text);
        }
    }

    /** Takes what was sent of one kind. */
    <T extends PeerMessage> List<T> take(Class<T> kind) {
        List<T> taken = sent.stream()
                .map(Sent::message)
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
        sent.removeIf(one -> kind.isInstance(one.message()));
        return taken;
    }

    /** Lets {@code peer} answer every heartbeat and append request sent to it so far, as if it had all entries. */
    void acknowledge(int peer) {
        for (Sent one : List.copyOf(sent)) {
            if (one.to().equals(NodeId.of(peer)) && one.message() instanceof PeerMessage.Consensus consensus) {
                sent.remove(one);
                if (consensus.message() instanceof HeartbeatRequest heartbeat) {
                    say(peer, new HeartbeatResponse(heartbeat.term(), heartbeat.round()));
                } else if (consensus.message() instanceof AppendRequest append) {
                    say(
                            peer,
                            AppendResponse.accepted(append.term(), append.last().index()));
                }
            }
        }
    }

    @Override
    public void follow(Membership membership) {
        followed = membership;
    }

    @Override
    public void join(PeerAddress seed, JoinRequest request, Consumer<JoinAnswer> answer) {
        joins.add(new Join(seed, request, answer));
    }

    @Override
    public void probe(PeerAddress address, Consumer<Sighting> answer) {
        probes.add(new Probe(address, answer));
    }
}
