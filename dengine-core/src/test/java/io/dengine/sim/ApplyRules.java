package io.dengine.sim;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.raft.entry.Entry;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.ApplyResult;
import io.dengine.statemachine.RevisionEvents;
import io.dengine.statemachine.StateMachine;
import io.dengine.statemachine.TableStore;
import java.util.ArrayList;
import java.util.List;

/** What a state machine may be given, and what must come of it. */
final class ApplyRules {

    private final Oracle oracle;
    private final Ledger ledger;
    private final StateRot stateRot;

    ApplyRules(Oracle oracle, StateRot stateRot) {
        this.oracle = oracle;
        this.stateRot = stateRot;
        this.ledger = oracle.ledger();
    }

    void before(SimNode node, AppliedState before, List<Entry> entries) {
        long expected = before.index();
        for (Entry entry : entries) {
            expected++;
            if (entry.index() != expected) {
                throw violation(node, "applies " + entry + " after entry " + (expected - 1));
            }
            if (entry.index() > ledger.lastIndex() || !entry.equals(ledger.entry(entry.index()))) {
                throw violation(node, "applies " + entry + ", which is not committed");
            }
        }
    }

    void after(SimNode node, AppliedState before, StateMachine.Outcome outcome) {
        for (ApplyResult result : outcome.results()) {
            long index = result.entry().index();
            if (!result.equals(ledger.applied(index))) {
                throw violation(node, "answers " + result + " where the twin says " + ledger.applied(index));
            }
        }
        long revision = before.revision();
        for (RevisionEvents change : outcome.events()) {
            revision++;
            if (change.revision() != revision
                    || !stateRot.judged(change).equals(stateRot.judged(ledger.changes(revision)))) {
                throw violation(node, "raises " + change + " after revision " + (revision - 1));
            }
        }
        AppliedState after = outcome.applied();
        boolean right =
                after.revision() == revision && revision == ledger.revisionAfter(after.index()) && isRight(node, after);
        if (!right) {
            throw violation(
                    node,
                    "is at " + after + " after revision " + revision + ", the twin is at "
                            + ledger.stateAfter(after.index()));
        }
    }

    /** A wrong row makes the hash a wrong one as soon as it is written over. */
    private boolean isRight(SimNode node, AppliedState after) {
        AppliedState expected = ledger.stateAfter(after.index());
        return after.equals(expected)
                || (stateRot.hasStruck(node)
                        && after.equals(new AppliedState(
                                expected.index(),
                                expected.term(),
                                expected.revision(),
                                expected.clusterTimeMillis(),
                                after.stateHash(),
                                expected.membership())));
    }

    /** A snapshot holds what the log up to its end makes (Raft paper, section 7). */
    void beforeReplace(SimNode node, TableStore tables) {
        AppliedState applied = tables.applied();
        if (applied.index() > ledger.lastIndex()) {
            throw violation(node, "installs " + applied + ", the newest commit is " + ledger.lastIndex());
        }
        List<KeyValue> state = new ArrayList<>();
        try (TableStore.View view = tables.view()) {
            view.scan(ByteSequence.EMPTY, null, (key, value) -> state.add(value.toKeyValue(key)));
        }
        boolean right = applied.equals(ledger.stateAfter(applied.index()))
                && state.equals(ledger.under(ByteSequence.EMPTY, applied.revision()));
        if (!right) {
            throw violation(node, "installs " + applied + " with " + state);
        }
    }

    private Violation violation(SimNode node, String what) {
        return oracle.violation("node " + node.id() + " " + what, null);
    }
}
