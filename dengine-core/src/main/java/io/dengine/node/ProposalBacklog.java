package io.dengine.node;

import io.dengine.api.RefusedException;
import io.dengine.command.CommandResult;
import io.dengine.raft.entry.EntryId;
import io.dengine.statemachine.ApplyResult;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The commands this node proposed as leader and has not yet seen applied, in log order. An answer goes out only if the
 * entry applied at that index has the term it was proposed in. Not thread-safe.
 */
final class ProposalBacklog {

    /** Gets the fate of one proposal, once. */
    interface Answer {

        void applied(CommandResult result);

        /** Another entry was committed in its place: it never took effect and never will. */
        void overwritten();

        void indeterminate(String text);
    }

    private record Proposal(EntryId id, int bytes, Answer answer) {}

    private final int maxCount;
    private final long maxBytes;
    private final ArrayDeque<Proposal> proposals = new ArrayDeque<>();
    private long bytes;

    ProposalBacklog(int maxCount, long maxBytes) {
        this.maxCount = maxCount;
        this.maxBytes = maxBytes;
    }

    /** Returns whether there is room for one more command of this size. */
    boolean hasRoom(int size) {
        return proposals.size() < maxCount && bytes + size <= maxBytes;
    }

    void add(EntryId id, int size, Answer answer) {
        proposals.addLast(new Proposal(id, size, answer));
        bytes += size;
    }

    boolean isEmpty() {
        return proposals.isEmpty();
    }

    void onApplied(List<ApplyResult> results) {
        for (ApplyResult result : results) {
            Proposal proposal = proposals.peekFirst();
            if (proposal == null) {
                return;
            }
            if (proposal.id().index() == result.entry().index()) {
                remove(proposals.removeFirst(), result);
            }
        }
    }

    private void remove(Proposal proposal, ApplyResult result) {
        bytes -= proposal.bytes();
        @Nullable CommandResult answer = result.result();
        if (proposal.id().equals(result.entry()) && answer != null) {
            proposal.answer().applied(answer);
        } else {
            proposal.answer().overwritten();
        }
    }

    /**
     * Answers what lies above {@code commitIndex} with "it may have happened" and forgets it: this node no longer leads
     * the term it proposed in. What is committed is applied here whoever leads, and is answered then.
     */
    void abandonAbove(long commitIndex, String text) {
        for (int left = proposals.size(); left > 0; left--) {
            Proposal proposal = proposals.removeFirst();
            if (proposal.id().index() <= commitIndex) {
                proposals.addLast(proposal);
            } else {
                bytes -= proposal.bytes();
                proposal.answer().indeterminate(text);
            }
        }
    }

    /** Answers what lies at or below {@code index} with "it may have happened": nobody will tell what became of it. */
    void abandonUpTo(long index, String text) {
        for (Proposal next = proposals.peekFirst();
                next != null && next.id().index() <= index;
                next = proposals.peekFirst()) {
            proposals.removeFirst();
            bytes -= next.bytes();
            next.answer().indeterminate(text);
        }
    }

    /** The answer to a caller of this node. */
    static Answer to(PendingWrite write) {
        return new Answer() {
            @Override
            public void applied(CommandResult result) {
                write.applied(result);
            }

            @Override
            public void overwritten() {
                write.refused(RefusedException.Reason.NO_LEADER, "another leader's entry took this write's place");
            }

            @Override
            public void indeterminate(String text) {
                write.indeterminate(text);
            }
        };
    }
}
