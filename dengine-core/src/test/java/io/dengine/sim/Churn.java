package io.dengine.sim;

import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.NodeId;
import io.dengine.sim.Faults.Kind;
import io.dengine.transport.ClusterOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/**
 * Changes who belongs to the cluster: machines join and are removed, voters become learners and learners voters, and disks are lost,
 * never more of them than a minority of the voters.
 */
final class Churn {

    private static final long MILLI = Swarm.MILLI;

    private final Simulation simulation;
    private final RandomGenerator random;

    /** Whose disk was lost, until the cluster has made it a voter again. */
    private final Set<SimNode> lost = new TreeSet<>((one, other) -> one.number() - other.number());

    private record Ordered(Life life, CompletableFuture<Void> answer) {}

    private final List<Ordered> orders = new ArrayList<>();

    Churn(Simulation simulation, RandomGenerator random) {
        this.simulation = simulation;
        this.random = random;
    }

    /** Returns whether no order waits any more: one that does may still hand leadership over or change the voters. */
    boolean isOver() {
        orders.removeIf(ordered -> ordered.life().ended || ordered.answer().isDone());
        return orders.isEmpty();
    }

    /** One change of some kind. */
    void change() {
        if (random.nextBoolean()) {
            startSpare();
        } else if (simulation.swarm().losesDisks) {
            wipe();
        } else {
            order();
        }
    }

    private void startSpare() {
        List<SimNode> spares = new ArrayList<>(simulation.nodes());
        spares.removeIf(node -> !node.isSpare());
        if (spares.isEmpty()) {
            return;
        }
        SimNode spare = spares.get(random.nextInt(spares.size()));
        simulation.faults().count(Kind.JOIN_STARTED);
        List<NodeId> voters = List.copyOf(simulation.membership().voters());
        boolean replaces = !simulation.swarm().losesDisks && random.nextInt(3) == 0 && voters.size() > 1;
        NodeId replaced = replaces ? voters.get(random.nextInt(voters.size())) : null;
        spare.join(replaced == null && random.nextInt(4) == 0, replaced);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // only counted
    private void order() {
        List<SimNode> serving = new ArrayList<>(simulation.nodes());
        serving.removeIf(node -> !node.isServing() || node.life().engine == null || node.isPaused());
        if (serving.isEmpty()) {
            return;
        }
        Membership now = simulation.membership();
        List<NodeId> members = List.copyOf(now.members());
        NodeId one = members.get(random.nextInt(members.size()));
        ClusterOrder order = switch (random.nextInt(5)) {
            case 0 -> new ClusterOrder.Change(new MembershipChange.Promote(one));
            case 1 -> new ClusterOrder.Change(new MembershipChange.Demote(one));
            case 2, 3 -> new ClusterOrder.Change(new MembershipChange.Remove(one));
            default -> new ClusterOrder.Transfer(random.nextBoolean() ? null : one);
        };
        simulation.trace().add("order", one.value(), 0, 0, order);
        Life through = serving.get(random.nextInt(serving.size())).life();
        CompletableFuture<Void> answer = through.engine.order(order);
        orders.add(new Ordered(through, answer));
        answer.whenComplete(
                (done, failure) -> simulation.faults().count(failure == null ? Kind.ORDER_DONE : Kind.ORDER_FAILED));
    }

    /** A disk is lost as a whole. */
    private void wipe() {
        SimNode node = simulation.nodes().get(random.nextInt(simulation.nodes().size()));
        if (!node.isSpare() && mayLose(node)) {
            simulation.faults().count(Kind.WIPED);
            lost.add(node);
            node.wipe();
        }
    }

    /** Returns whether a quorum is left without the disks that are lost already and that of {@code node}. */
    boolean mayLose(SimNode node) {
        lost.removeIf(this::isWhole);
        if (!isKnownToAll(node)) {
            return false;
        }
        Set<NodeId> gone = new TreeSet<>();
        lost.forEach(other -> gone.add(other.id()));
        gone.add(node.id());
        for (NodeView view : simulation.oracle().views()) {
            Life life = view.node.life();
            if (life != null && life.raft != null && !canLose(life.raft.membership(), gone)) {
                return false;
            }
        }
        return canLose(simulation.membership(), gone) && canLose(simulation.bootstrap(), gone);
    }

    /**
     * Returns whether every member knows this node by its storage. As long as one does not, it would take the emptied disk for the
     * first one: whoever loses a disk before the members have met has to begin the cluster anew.
     */
    private boolean isKnownToAll(SimNode node) {
        for (SimNode other : simulation.nodes()) {
            if (other == node || other.isSpare()) {
                continue;
            }
            Life life = other.life();
            if (life == null || life.stateMachine == null) {
                return false;
            }
            Membership applied = life.stateMachine.applied().membership();
            boolean named =
                    applied.contains(node.id()) && applied.member(node.id()).storageId() != null;
            if (!named && life.directory.rememberedStorage(node.id()) == null) {
                return false;
            }
        }
        return true;
    }

    private static boolean canLose(Membership membership, Set<NodeId> gone) {
        return membership.equals(Membership.NONE) || membership.hasQuorum(id -> !gone.contains(id));
    }

    /** What was on this disk is lost, by damage. */
    void onLost(SimNode node) {
        lost.add(node);
    }

    /** Returns whether what the others know of this node's disk may be gone. */
    boolean isLost(SimNode node) {
        return lost.contains(node) || node.isSpare();
    }

    private boolean isWhole(SimNode node) {
        if (node.disk().isRotten()) {
            return false; // it does not know yet
        }
        Membership now = simulation.membership();
        return !now.contains(node.id())
                ? node.isSpare()
                : node.life() != null
                        && node.life().directory != null
                        && node.life()
                                .directory
                                .storageId()
                                .equals(now.member(node.id()).storageId());
    }

    /** Takes machines out that were removed from the cluster: some at once, some after they have tried to disturb it. */
    void tend() {
        for (SimNode node : simulation.nodes()) {
            boolean removed = node.wasMember() && !simulation.membership().contains(node.id());
            if (removed && !lost.contains(node) && random.nextInt(4) == 0) {
                simulation.faults().count(Kind.RETIRED);
                node.retire();
            } else if (simulation.membership().contains(node.id())) {
                node.noteMember();
            }
        }
        if (!simulation.isHealed()) {
            simulation.scheduler().after(20 * MILLI, this::tend);
        }
    }
}
