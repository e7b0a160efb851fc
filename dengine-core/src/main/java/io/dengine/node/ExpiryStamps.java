package io.dengine.node;

import io.dengine.raft.Raft;
import io.dengine.raft.RoleKind;
import io.dengine.raft.entry.EntryKind;
import io.dengine.statemachine.StateMachine;
import java.util.concurrent.TimeUnit;

/**
 * Has a leader move cluster time on when a key's deadline has passed and no entry under way will expire it. Not
 * thread-safe: the event loop's.
 */
final class ExpiryStamps {

    private static final byte[] NO_PAYLOAD = {};

    private final Raft raft;
    private final StateMachine stateMachine;

    ExpiryStamps(Raft raft, StateMachine stateMachine) {
        this.raft = raft;
        this.stateMachine = stateMachine;
    }

    void proposeIfDue() {
        if (raft.role() != RoleKind.LEADER) {
            return;
        }
        long applied = stateMachine.applied().index(); // before the deadline, which an apply moves first
        long deadline = stateMachine.nextDeadlineMillis();
        boolean onItsWay = raft.lastClusterTimeMillis() > deadline
                && applied < raft.lastEntry().index();
        if (raft.clusterTimeMillis() > deadline && !onItsWay) {
            raft.propose(EntryKind.EMPTY, NO_PAYLOAD);
        }
    }

    /** Returns when {@link #proposeIfDue} next has something to do, if that is before {@code horizonMillis}. */
    long nextDueNanos(long nowNanos, long horizonMillis) {
        long deadline = stateMachine.nextDeadlineMillis();
        if (deadline == Long.MAX_VALUE || raft.role() != RoleKind.LEADER) {
            return Long.MAX_VALUE;
        }
        // Due already: its entry is on the way and will wake the loop, or no entry can be proposed during a hand-over.
        long millis = deadline + 1 - raft.clusterTimeMillis();
        boolean soon = millis > 0 && millis <= horizonMillis;
        return soon ? nowNanos + TimeUnit.MILLISECONDS.toNanos(millis) : Long.MAX_VALUE;
    }
}
