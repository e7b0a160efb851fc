package io.dengine.node;

import io.dengine.api.RefusedException;
import io.dengine.config.DEngineConfig;
import io.dengine.raft.PeerProgress;
import io.dengine.raft.membership.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Says how a node is, from what its loop has published and its parts know of themselves. Thread-safe. */
final class StatusReader {

    private final DEngineConfig config;
    private final NodeParts parts;
    private final PublishedState published;
    private final NodeObservers observers;
    private final Admission writeAdmission;
    private final Admission readAdmission;

    StatusReader(
            NodeParts parts,
            PublishedState published,
            NodeObservers observers,
            Admission writeAdmission,
            Admission readAdmission) {
        this.config = parts.config();
        this.parts = parts;
        this.published = published;
        this.observers = observers;
        this.writeAdmission = writeAdmission;
        this.readAdmission = readAdmission;
    }

    NodeStatus read() {
        PublishedState.View view = published.view();
        return new NodeStatus(
                config.nodeId(),
                config.clusterName(),
                published.health(),
                published.detail(),
                view.role(),
                view.term(),
                view.leader(),
                observers.leaderChanges(),
                view.commitIndex(),
                parts.stateMachine().applied().index(),
                view.lastIndex(),
                parts.stateMachine().applied().revision(),
                config.durability(),
                view.membership(),
                members(view),
                writeAdmission.count(),
                readAdmission.count(),
                parts.watches().watchCount(),
                parts.watches().maxLagRevisions(),
                parts.watches().historyEvents(),
                sizeWhileOpen(parts.log()::sizeBytes),
                sizeWhileOpen(parts.stateMachine()::sizeBytes));
    }

    private long sizeWhileOpen(LongSupplier size) {
        if (published.hasEnded()) {
            return 0;
        }
        try {
            return size.getAsLong();
        } catch (RefusedException e) {
            return 0; // closed since the line above
        }
    }

    private List<PeerStatus> members(PublishedState.View view) {
        List<PeerProgress> peers = published.peers();
        List<PeerStatus> members = new ArrayList<>();
        for (NodeId id : view.membership().members()) {
            String address = view.membership().member(id).address();
            boolean voter = view.membership().isVoter(id);
            long match = id.equals(config.nodeId())
                    ? view.lastIndex()
                    : peers.stream()
                            .filter(peer -> peer.peer().equals(id))
                            .mapToLong(PeerProgress::matchIndex)
                            .findFirst()
                            .orElse(-1);
            members.add(
                    new PeerStatus(id, address, voter, match, match < 0 ? -1 : Math.max(0, view.lastIndex() - match)));
        }
        return members;
    }
}
