package io.dengine.node;

import io.dengine.config.PeerAddress;
import io.dengine.raft.Raft;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.storage.NodeDirectory;
import io.dengine.storage.Standing;
import io.dengine.transport.PeerTransport;
import io.dengine.transport.PeerTransport.JoinAnswer;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets a node into a cluster that began without it: asks one seed after the other until a committed membership names it, which
 * it remembers durably. Not thread-safe: the event loop's.
 */
final class Joiner {

    private static final Logger log = LoggerFactory.getLogger(Joiner.class);

    /** After a refusal that only a human can do something about. */
    private static final int SLOWER = 10;

    private final Raft raft;
    private final PeerTransport transport;
    private final NodeDirectory directory;
    private final Consumer<ClusterEvent> events;
    private final PeerTransport.JoinRequest request;
    private final List<PeerAddress> seeds;
    private final long retryNanos;
    private int nextSeed;
    private long nextTryNanos;
    private String lastText;

    /**
     * @param self this node, as it wants to be known
     * @param seeds where to ask, in turn
     * @param retryNanos the time between two tries
     */
    Joiner(
            Raft raft,
            PeerTransport transport,
            NodeDirectory directory,
            Consumer<ClusterEvent> events,
            Member self,
            List<PeerAddress> seeds,
            long retryNanos,
            long nowNanos) {
        this.raft = raft;
        this.transport = transport;
        this.directory = directory;
        this.events = events;
        this.request = new PeerTransport.JoinRequest(self);
        this.seeds = List.copyOf(seeds);
        this.lastText = seeds.isEmpty() ? "" : "it asks " + this.seeds + " to be taken in";
        this.retryNanos = retryNanos;
        this.nextTryNanos = nowNanos + retryNanos / 8; // the transport starts after the loop
    }

    boolean isWaiting() {
        return directory.standing() == Standing.JOINING;
    }

    private boolean isIn(Membership membership) {
        Member self = request.member();
        return membership.contains(self.id())
                && Objects.equals(membership.member(self.id()).storageId(), self.storageId());
    }

    /** Returns why this node is not in yet; empty if it is, or nothing is known. */
    String obstacle() {
        return isWaiting() ? lastText : "";
    }

    void tend(long nowNanos) {
        if (isWaiting() && isIn(raft.committedMembership())) {
            directory.become(Standing.JOINED);
        }
        // Who has the front of the log may still lose the entry that takes it in, and where the leader has lost it
        // nobody says so: until that entry is committed it asks, less often where it may well be on its way.
        if (!isWaiting() || nowNanos < nextTryNanos || seeds.isEmpty()) {
            return;
        }
        nextTryNanos = nowNanos + (isIn(raft.membership()) ? retryNanos * SLOWER : retryNanos);
        PeerAddress seed = seeds.get(nextSeed);
        nextSeed = (nextSeed + 1) % seeds.size();
        transport.join(seed, request, answer -> events.accept(new ClusterEvent.JoinAnswered(answer)));
    }

    void onAnswer(JoinAnswer answer, long nowNanos) {
        boolean news = !answer.text().equals(lastText);
        lastText = answer.text();
        switch (answer.outcome()) {
            case JOINED -> {
                lastText = "it was taken in, and the leader has sent it nothing yet";
                log.info("node {} was taken in by {}", raft.self(), answer.membership());
                nextTryNanos = nowNanos + retryNanos * SLOWER; // the leader feeds it now; if that gets lost, once more
            }
            case RETRY -> {
                if (news) {
                    log.info("node {} is not in its cluster yet: {}", raft.self(), answer.text());
                }
            }
            case REFUSED -> {
                nextTryNanos = nowNanos + retryNanos * SLOWER;
                if (news) {
                    log.error("node {} was refused by its cluster: {}", raft.self(), answer.text());
                }
            }
        }
    }
}
