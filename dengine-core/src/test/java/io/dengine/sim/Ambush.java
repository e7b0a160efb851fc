package io.dengine.sim;

import io.dengine.raft.RoleKind;
import io.dengine.sim.Faults.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Harm that waits for a node to do what is rarely being done when harm comes by chance. Each trap is set again and again. */
final class Ambush {

    /** About as many disk operations as it takes to put a snapshot in its place, let the log start over, and trust the state. */
    private static final int INSTALL_OPERATIONS = 45;

    private final Simulation simulation;
    private final Swarm swarm;
    private final RandomGenerator random;
    private boolean awaitsDownload;
    private boolean awaitsInstallation;

    Ambush(Simulation simulation, RandomGenerator random) {
        this.simulation = simulation;
        this.swarm = simulation.swarm();
        this.random = random;
    }

    /** Waits for a node that has got a part of a snapshot, but not all of it: then its sender is struck. */
    void awaitDownload() {
        awaitsDownload = true;
    }

    /** Waits for a node that is about to put a snapshot in the place of its state: then that node is struck. */
    void awaitInstallation() {
        awaitsInstallation = true;
    }

    void callOff() {
        awaitsDownload = false;
        awaitsInstallation = false;
    }

    /** A part of a snapshot has arrived from {@code from}; mostly others are still to come. */
    void onPart(SimNode from) {
        if (!awaitsDownload || !from.isServing() || random.nextBoolean()) {
            return;
        }
        awaitsDownload = false;
        boolean leads = from.life().raft.role() == RoleKind.LEADER;
        simulation.faults().count(Kind.SENDER_STRUCK);
        simulation.faults().add(Kind.LEADER_STRUCK_AS_IT_SENDS, leads ? 1 : 0);
        simulation.trace().add("sender struck", from.number(), leads ? 1 : 0, 0, null);
        switch (random.nextInt(3)) {
            case 0 -> simulation.scheduler().after(1, from::kill);
            case 1 -> simulation.scheduler().after(1, from::crash);
            default -> isolate(from);
        }
    }

    /** For long enough that another is elected, if it leads. */
    private void isolate(SimNode node) {
        List<SimNode> others = new ArrayList<>(simulation.nodes());
        others.remove(node);
        for (SimNode other : others) {
            simulation.network().cut(node, other);
            simulation.network().cut(other, node);
        }
        simulation
                .scheduler()
                .after(2 * swarm.electionTimeoutNanos + random.nextLong(4 * swarm.electionTimeoutNanos), () -> {
                    for (SimNode other : others) {
                        simulation.network().heal(node, other);
                        simulation.network().heal(other, node);
                    }
                });
    }

    /** {@code node} begins to put a snapshot in its place. */
    void onInstallation(SimNode node) {
        if (!awaitsInstallation) {
            return;
        }
        awaitsInstallation = false;
        Life life = node.life();
        if (random.nextInt(4) > 0) {
            node.disk().losePowerAfter(1 + random.nextInt(INSTALL_OPERATIONS));
        } else {
            // Between the turns: the files are in their place, and nobody has opened them.
            simulation.scheduler().after(1 + random.nextLong(4 * swarm.turnNanos), () -> {
                if (!life.ended) {
                    node.kill();
                }
            });
        }
    }
}
