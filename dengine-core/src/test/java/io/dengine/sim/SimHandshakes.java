package io.dengine.sim;

import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.SimDisk;
import io.dengine.storage.StorageFailure;
import java.util.UUID;

/**
 * Whether two processes speak to each other: each decides by the membership that it follows and by its identity check,
 * as at the handshake of a connection. A process that was accepted stays so until the other one follows another
 * membership.
 */
final class SimHandshakes {

    private final SimNetwork network;

    SimHandshakes(SimNetwork network) {
        this.network = network;
    }

    /** Returns whether what {@code sender} sent reaches {@code receiver}. */
    boolean stand(SimNode from, Life sender, SimNode to, Life receiver) {
        return accepts(to, receiver, from, sender) && (sender.ended || accepts(from, sender, to, receiver));
    }

    private boolean accepts(SimNode judge, Life judging, SimNode other, Life judged) {
        UUID storageId = judged.directory.storageId();
        if (storageId.equals(judging.accepted.get(other.id()))) {
            return true;
        }
        String refusal = refusalOf(judge, judging, other.id(), storageId);
        if (refusal == null) {
            judging.accepted.put(other.id(), storageId);
            tellIfNews(judging, other, storageId);
            return true;
        }
        if (!refusal.isEmpty()) {
            network.carry(judge, other, () -> {
                if (!judged.ended) {
                    judged.listener.onRefused(judge.id(), refusal);
                }
            });
        }
        return false;
    }

    /** Returns null if the other is accepted, why not, or an empty text if the judge could not find out. */
    private String refusalOf(SimNode judge, Life judging, NodeId other, UUID storageId) {
        Membership members = judging.followed;
        boolean joining = !members.contains(judge.id());
        if (!joining && !members.contains(other)) {
            return "node " + other + " is not a member: node " + judge.id() + " knows the members " + members.members();
        }
        try {
            boolean believed = network.believesAnyStorage();
            return believed || judging.peers.accept(other, storageId)
                    ? null
                    : "node " + other + " comes with another storage id";
        } catch (SimDisk.PowerLoss e) {
            judge.crash();
            return "";
        } catch (StorageFailure e) {
            return "";
        }
    }

    private static void tellIfNews(Life judging, SimNode other, UUID storageId) {
        String address = SimNetwork.addressOf(other.number()).toString();
        Member seen = Member.of(other.id(), address, storageId);
        Membership members = judging.followed;
        boolean known = members.contains(other.id())
                && members.member(other.id()).seenAs(seen).equals(members.member(other.id()));
        if (!known) {
            judging.listener.onSeen(seen);
        }
    }
}
