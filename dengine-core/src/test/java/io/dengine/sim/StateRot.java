package io.dengine.sim;

import io.dengine.api.ByteSequence;
import io.dengine.api.WatchEvent;
import io.dengine.node.NodeHealth;
import io.dengine.sim.Faults.Kind;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.RevisionEvents;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableChange;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * A bit that flips in the table of one node at a time, in memory or, once that is flushed, on its disk, under a checksum that fits.
 * It flips in one row, which a client of its own writes again and again without a look at what it holds, so that it shows in
 * reads, in the hash, and nowhere else but in what watches call the row's previous value.
 *
 * <p>Until the node learns that it differs, its reads are not judged. From then on it must answer none until another
 * state has taken the place of this one, and that must come.
 */
final class StateRot {

    /** The row; no other client writes it. */
    static final ByteSequence ROW = ByteSequence.of("z");

    private final Simulation simulation;

    /** Whose state is wrong, or was and is still distrusted; null for nobody's. */
    private SimNode struck;

    private boolean everStruck;

    StateRot(Simulation simulation) {
        this.simulation = simulation;
    }

    /** Flips a bit, where the others are a majority for good and no other state is wrong. */
    void strike(SimNode node, RandomGenerator random) {
        Swarm swarm = simulation.swarm();
        if (struck != null || swarm.churn > 0 || swarm.rot > 0 || swarm.nodes < 3 || !isWell(node)) {
            return;
        }
        StoredValue row = node.life().tables.get(ROW);
        if (row == null || row.value().length() == 0) {
            return;
        }
        byte[] value = row.value().array().clone();
        value[random.nextInt(value.length)] ^= (byte) (1 << random.nextInt(8));
        StoredValue wrong = new StoredValue(
                ByteSequence.wrap(value), row.createRevision(), row.modRevision(), row.version(), row.deadlineMillis());
        node.life()
                .tables
                .apply(
                        Map.of(ROW, new TableChange(wrong, row.deadlineMillis())),
                        node.life().tables.applied());
        struck = node;
        everStruck = true;
        simulation.trace().add("state rots", node.number(), row.modRevision(), 0, null);
        simulation.faults().count(Kind.STATE_ROT);
    }

    private static boolean isWell(SimNode node) {
        return node.isServing() && node.life().engine != null && !isInQuarantine(node) && !node.life().closing;
    }

    static boolean isInQuarantine(SimNode node) {
        return node.life() != null
                && node.life().engine != null
                && node.life().engine.status().health() == NodeHealth.QUARANTINED;
    }

    boolean hasStruck(SimNode node) {
        return struck == node;
    }

    /** Returns whether an answer to a read through {@code node} is not to be judged, since it cannot know yet that it is wrong. */
    boolean excuses(SimNode node) {
        if (struck != node) {
            return false;
        }
        if (isInQuarantine(node)) {
            throw simulation
                    .oracle()
                    .violation("node " + node.id() + " answers a read from a state that it knows to differ", null);
        }
        simulation.faults().count(Kind.READ_EXCUSED);
        return true;
    }

    /** Returns whether no state is wrong any more. */
    boolean isOver() {
        return struck == null;
    }

    /** A state that was found right has taken the place of the node's. */
    void onReplaced(SimNode node) {
        if (struck == node) {
            struck = null;
            simulation.faults().count(Kind.STATE_CURED);
        }
    }

    /** What it restarts from may be from before. Where it has noted that it differs, it needs another state all the same. */
    void onStart(SimNode node) {
        if (struck != node || isInQuarantine(node)) {
            return;
        }
        AppliedState applied = node.life().tables.applied();
        Ledger ledger = simulation.oracle().ledger();
        StoredValue row = node.life().tables.get(ROW);
        boolean right = applied.equals(ledger.stateAfter(applied.index()))
                && Objects.equals(row == null ? null : row.toKeyValue(ROW), ledger.at(ROW, applied.revision()));
        if (right) {
            struck = null;
        }
    }

    /** Returns {@code change} as far as it can be judged: a watch history that was written from the wrong row travels on. */
    RevisionEvents judged(RevisionEvents change) {
        return everStruck ? new RevisionEvents(change.revision(), judged(change.events())) : change;
    }

    List<WatchEvent> judged(List<WatchEvent> events) {
        return everStruck
                ? events.stream()
                        .map(event -> event.key().equals(ROW) ? event.withoutPrevious() : event)
                        .toList()
                : events;
    }

    @Override
    public String toString() {
        return struck == null ? "no state is wrong" : "the state of node " + struck.id() + " is wrong";
    }
}
