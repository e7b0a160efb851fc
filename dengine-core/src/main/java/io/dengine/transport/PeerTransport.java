package io.dengine.transport;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Carries messages to peers. Thread-safe. Messages to one peer may be lost; an urgent one (heartbeat, vote) may overtake
 * a large one, and parts of a snapshot travel beside everything else; otherwise they arrive in order.
 */
public interface PeerTransport extends AutoCloseable {

    /**
     * Starts to listen and to connect; {@code listener} gets all that arrives.
     *
     * @throws PortInUseException if the own address is taken
     */
    void start(PeerListener listener);

    /**
     * Says who belongs to the cluster from now on: connects to those, at their addresses, and to nobody else. While the membership
     * is {@link Membership#NONE}, which is before this node has joined, whoever proves to be of the cluster is a peer, at the
     * address that it names. Returns at once; may be called before {@link #start}.
     */
    void follow(Membership membership);

    /**
     * Sends, or drops where the peer is not connected or its queue is full. Never blocks, never throws.
     *
     * @return false if the message was certainly not sent; true promises nothing
     */
    boolean send(NodeId to, PeerMessage message);

    /**
     * Asks the node at {@code seed}, whichever it is, to take this one into its cluster. One try.
     *
     * @param answer gets the answer once, on a transport thread, also if there is none
     */
    void join(PeerAddress seed, JoinRequest request, Consumer<JoinAnswer> answer);

    /**
     * Finds out who listens at {@code address}. One try.
     *
     * @param answer gets what was found once, on a transport thread
     */
    void probe(PeerAddress address, Consumer<Sighting> answer);

    /** Closes all connections; drops what is queued. Idempotent. */
    @Override
    void close();

    /**
     * A node outside the cluster asks to be taken in.
     *
     * @param member the node: its id, address and storage, whether it stays a learner, and whom it replaces
     */
    record JoinRequest(Member member) {}

    /**
     * The answer to a {@link JoinRequest}.
     *
     * @param outcome whether it is a member now
     * @param text why not, for the log; empty if it is
     * @param membership the members; {@link Membership#NONE} if it was not taken in
     */
    record JoinAnswer(Outcome outcome, String text, Membership membership) {

        /** What became of a {@link JoinRequest}. The code is part of the wire format. */
        public enum Outcome {
            JOINED(0),
            /** Not now: ask again, anyone. */
            RETRY(1),
            /** Not before a human has changed something. */
            REFUSED(2);

            private final int code;

            Outcome(int code) {
                this.code = code;
            }

            public int code() {
                return code;
            }
        }
    }

    /**
     * Who listens at an address.
     *
     * @param member the node of this cluster that does; null if there is none
     * @param problem what was found instead, as a sentence for the user; empty if there is one
     */
    record Sighting(@Nullable Member member, String problem) {}

    /** Gets what arrives. Called on transport threads; must not block. */
    interface PeerListener {

        /** {@code from} has proved to be a member of this cluster. */
        void onMessage(NodeId from, PeerMessage message);

        /** The connection to or from {@code peer} broke: answers that were expected over it may never come. */
        void onDisconnected(NodeId peer);

        /**
         * A peer has shaken hands, with this storage, and is to be reached at this address; told at each handshake at which
         * that is not what the membership says.
         */
        void onSeen(Member peer);

        /**
         * A node that is in this cluster's network, but need not be a member, asks to be taken in.
         *
         * @param answer takes the answer, from any thread, once; none within a few seconds counts as RETRY
         */
        void onJoin(JoinRequest request, Consumer<JoinAnswer> answer);

        /**
         * {@code peer} refuses this node, because it knows another storage under its id or does not know it at all. Told
         * while this lasts, at most once a second.
         *
         * @param text what it said
         */
        void onRefused(NodeId peer, String text);
    }
}
