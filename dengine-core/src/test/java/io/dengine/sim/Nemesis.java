package io.dengine.sim;

import io.dengine.raft.RoleKind;
import io.dengine.sim.Faults.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Does harm, of the kinds and at the rate that the swarm says, until told to stop. */
final class Nemesis {

    private static final long MILLI = Swarm.MILLI;

    private final Simulation simulation;
    private final Swarm swarm;
    private final Scheduler scheduler;
    private final RandomGenerator random;
    private final List<Runnable> harms = new ArrayList<>();
    private final Churn churn;
    private final Ambush ambush;
    private boolean stopped;

    Nemesis(Simulation simulation, RandomGenerator random) {
        this.simulation = simulation;
        this.swarm = simulation.swarm();
        this.scheduler = simulation.scheduler();
        this.random = random;
        this.ambush = new Ambush(simulation, simulation.seeds().of("ambush", 0));
        this.churn = new Churn(simulation, random);
        add(swarm.crash, this::crash);
        add(swarm.kill, this::kill);
        add(swarm.crashAll, this::crashAll);
        add(swarm.powerLoss, () -> victim().disk().losePowerAfter(1 + random.nextInt(12)));
        add(swarm.pause, this::pause);
        add(swarm.cut, this::cut);
        add(swarm.syncError, () -> victim().disk().failNextSync());
        add(swarm.fullDisk, this::fillDisk);
        add(swarm.close, () -> victim().close());
        add(swarm.slowDisk, this::slowDisk);
        add(swarm.transfer, this::transfer);
        add(swarm.rot, this::rot);
        add(swarm.stateRot, () -> simulation.stateRot().strike(victim(), random));
        add(swarm.ambush, ambush::awaitDownload);
        add(swarm.ambush, ambush::awaitInstallation);
        add(swarm.churn, churn::change);
    }

    private void add(int weight, Runnable harm) {
        for (int i = 0; i < weight; i++) {
            harms.add(harm);
        }
    }

    void start() {
        if (swarm.churn > 0) {
            churn.tend();
        }
        strikeLater();
    }

    private void strikeLater() {
        scheduler.after(random.nextLong(2 * swarm.calmNanos), this::strike);
    }

    Ambush ambush() {
        return ambush;
    }

    Churn churn() {
        return churn;
    }

    void stop() {
        stopped = true;
        ambush.callOff();
    }

    private void strike() {
        if (stopped) {
            return;
        }
        if (!harms.isEmpty()) {
            harms.get(random.nextInt(harms.size())).run();
        }
        strikeLater();
    }

    private SimNode victim() {
        SimNode leader = leader();
        return leader != null && random.nextDouble() < swarm.aimAtLeader ? leader : anyNode();
    }

    private SimNode anyNode() {
        return simulation.nodes().get(random.nextInt(swarm.nodes));
    }

    private SimNode leader() {
        SimNode leader = null;
        for (SimNode node : simulation.nodes()) {
            if (node.isServing() && node.life().raft.role() == RoleKind.LEADER) {
                boolean newest = leader == null
                        || node.life().raft.term() > leader.life().raft.term();
                leader = newest ? node : leader;
            }
        }
        return leader;
    }

    private void crash() {
        crash(victim());
    }

    private void crash(SimNode node) {
        if (node.life() != null) {
            simulation.faults().count(Kind.CRASH);
            node.crash();
        }
    }

    private void kill() {
        SimNode node = victim();
        if (node.life() != null) {
            simulation.faults().count(Kind.KILL);
            node.kill();
        }
    }

    private void crashAll() {
        simulation.faults().count(Kind.CRASH_OF_ALL);
        simulation.nodes().forEach(this::crash);
    }

    /** A dead node is started again after a while. */
    void onDeath(SimNode node) {
        scheduler.after(stopped ? MILLI : random.nextLong(2 * swarm.downNanos), node::start);
    }

    /** A node whose disk failed stands around for a while, then its process or its machine goes down. */
    void onBroken(SimNode node, boolean powerLost) {
        if (!powerLost) {
            simulation.faults().count(Kind.DISK_FAILURE);
        }
        Life broken = node.life();
        boolean machineToo = powerLost || random.nextBoolean();
        scheduler.after(powerLost ? 0 : random.nextLong(100 * MILLI), () -> {
            if (node.life() == broken && machineToo) {
                node.crash();
            } else if (node.life() == broken) {
                node.kill();
            }
        });
    }

    private void pause() {
        simulation.faults().count(Kind.PAUSE);
        victim().pause(random.nextLong(3 * swarm.electionTimeoutNanos));
    }

    private void slowDisk() {
        simulation.faults().count(Kind.SLOW_DISK);
        victim().slowDisk(random.nextLong(4 * swarm.electionTimeoutNanos));
    }

    private void fillDisk() {
        simulation.faults().count(Kind.FULL_DISK);
        victim().fillDisk(random.nextLong(5 * swarm.electionTimeoutNanos));
    }

    private void transfer() {
        SimNode leader = leader();
        if (leader != null && !leader.isPaused() && leader.life().raft.transferLeadership(null)) {
            simulation.faults().count(Kind.TRANSFER);
        }
    }

    /** Damages the disks of a minority at most, so that every committed entry has a whole copy somewhere. */
    private void rot() {
        SimNode node = anyNode();
        if (!node.isSpare() && churn.mayLose(node) && node.disk().rot(random)) {
            churn.onLost(node);
        }
    }

    // ---- cuts ----

    private void cut() {
        if (swarm.nodes == 1) {
            return;
        }
        List<SimNode[]> cuts = new ArrayList<>();
        SimNode one = victim();
        SimNode other = anyNode();
        switch (random.nextInt(swarm.bridges ? 6 : 4)) {
            case 0 -> {
                simulation.faults().count(Kind.ISOLATED_NODE);
                between(List.of(one), cuts);
            }
            case 1 -> {
                simulation.faults().count(Kind.HALVES);
                List<SimNode> half = new ArrayList<>(simulation.nodes());
                half.removeIf(node -> random.nextBoolean());
                between(half, cuts);
            }
            case 2 -> {
                simulation.faults().count(Kind.ONE_WAY_CUT);
                cuts.add(random.nextBoolean() ? new SimNode[] {one, other} : new SimNode[] {other, one});
            }
            case 3 -> {
                simulation.faults().count(Kind.PAIR_CUT);
                both(one, other, cuts);
            }
            case 4 -> {
                simulation.faults().count(Kind.BRIDGE);
                bridge(one, cuts);
            }
            default -> {
                simulation.faults().count(Kind.RING);
                ring(cuts);
            }
        }
        cuts.forEach(pair -> simulation.network().cut(pair[0], pair[1]));
        scheduler.after(
                random.nextLong(6 * swarm.electionTimeoutNanos),
                () -> cuts.forEach(pair -> simulation.network().heal(pair[0], pair[1])));
    }

    private static void both(SimNode one, SimNode other, List<SimNode[]> cuts) {
        cuts.add(new SimNode[] {one, other});
        cuts.add(new SimNode[] {other, one});
    }

    /** Two halves that only {@code bridge} still hears both of. */
    private void bridge(SimNode bridge, List<SimNode[]> cuts) {
        List<SimNode> left = new ArrayList<>(simulation.nodes());
        left.remove(bridge);
        List<SimNode> right = new ArrayList<>();
        while (right.size() < left.size()) {
            right.add(left.remove(random.nextInt(left.size())));
        }
        left.forEach(inside -> right.forEach(outside -> both(inside, outside, cuts)));
    }

    /** Each node hears a majority, and no two the same one. */
    private void ring(List<SimNode[]> cuts) {
        int nodes = swarm.nodes;
        int reach = nodes / 4 + (nodes % 4 == 0 ? 0 : 1);
        for (int i = 0; i < nodes; i++) {
            for (int j = i + 1; j < nodes; j++) {
                int distance = Math.min(j - i, nodes - (j - i));
                if (distance > reach) {
                    both(simulation.nodes().get(i), simulation.nodes().get(j), cuts);
                }
            }
        }
    }

    private void between(List<SimNode> some, List<SimNode[]> cuts) {
        for (SimNode inside : some) {
            for (SimNode outside : simulation.nodes()) {
                if (!some.contains(outside)) {
                    both(inside, outside, cuts);
                }
            }
        }
    }
}
