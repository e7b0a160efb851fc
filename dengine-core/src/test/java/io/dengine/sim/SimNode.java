package io.dengine.sim;

import io.dengine.config.PeerAddress;
import io.dengine.config.Peering;
import io.dengine.node.NodeHealth;
import io.dengine.raft.membership.NodeId;
import io.dengine.sim.Faults.Kind;
import io.dengine.storage.SimDisk;
import io.dengine.storage.StorageFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** One machine: a clock, a disk that outlives crashes, and at most one process on it, the present life of the node. */
final class SimNode {

    private final Simulation simulation;
    private final Swarm swarm;
    private final Scheduler scheduler;
    private final NodeId id;
    private final NodeClock clock;
    private final DiskFaults disk;
    private final RandomGenerator turnRandom;
    private final RandomGenerator engineRandom;
    private Life life;
    private boolean spare;
    private long storages;
    private boolean joining;
    private boolean readOnly;
    private boolean member;
    private NodeId replaces;
    private long lives;
    private long pausedUntilNanos;
    private long slowDiskUntilNanos;
    private long stallNanos;
    /** How often it refused to start for damage on its disk. */
    private int refusals;

    SimNode(Simulation simulation, int number, Seeds seeds) {
        this.simulation = simulation;
        this.swarm = simulation.swarm();
        this.scheduler = simulation.scheduler();
        this.id = NodeId.of(number);
        RandomGenerator clockRandom = seeds.of("clock", number);
        long drift = swarm.maxDriftPpm == 0 ? 0 : clockRandom.nextLong(-swarm.maxDriftPpm, swarm.maxDriftPpm + 1);
        long offset = clockRandom.nextLong(1L << 50);
        this.clock = new NodeClock(scheduler, offset, number == swarm.wildClock ? swarm.wildDriftPpm : drift);
        this.disk = new DiskFaults(simulation, seeds.of("disk", number));
        this.turnRandom = seeds.of("turns", number);
        this.engineRandom = seeds.of("engine", number);
    }

    int number() {
        return id.value();
    }

    NodeId id() {
        return id;
    }

    NodeClock clock() {
        return clock;
    }

    /** Returns the process that runs, or null. */
    Life life() {
        return life;
    }

    /** Returns whether a process runs and takes part. */
    boolean isServing() {
        return life != null && !life.broken;
    }

    boolean hasApplied(long index) {
        return isServing() && life.stateMachine.applied().index() >= index;
    }

    // ---- its part in the cluster ----

    /** Returns whether it is out of the cluster, and stopped. */
    boolean isSpare() {
        return spare;
    }

    /** Returns whether it was started to join a cluster, not to begin one. */
    boolean isJoining() {
        return joining;
    }

    Peering peering() {
        PeerAddress own = SimNetwork.addressOf(number());
        if (!joining) {
            return Peering.at(own);
        }
        List<PeerAddress> seeds = new ArrayList<>();
        for (SimNode other : simulation.nodes()) {
            if (other != this) {
                seeds.add(SimNetwork.addressOf(other.number()));
            }
        }
        return new Peering(own, null, seeds, readOnly, replaces);
    }

    /** Makes it a machine that is not part of the cluster yet. Before the first start. */
    void becomeSpare() {
        spare = true;
    }

    /** Starts it as a new member to be. */
    void join(boolean asReadOnly, NodeId inPlaceOf) {
        spare = false;
        joining = true;
        member = false;
        readOnly = asReadOnly;
        replaces = id.equals(inPlaceOf) ? null : inPlaceOf;
        start();
    }

    /** It is removed from the cluster: its process ends and its disk is emptied. */
    void retire() {
        spare = true;
        member = false;
        emptyDisk();
    }

    /** Its disk is lost; its process, if there is one, dies of it, and starts again on an empty one. */
    void wipe() {
        emptyDisk();
        scheduler.after(Swarm.MILLI, this::start);
    }

    private void emptyDisk() {
        kill();
        storages++;
        disk.replace();
        simulation.oracle().onWiped(this);
    }

    /** It found its data damaged, set it aside, and starts over as a stranger. */
    void onSetAside(StorageFailure why) {
        simulation.trace().add("set aside", number(), lives, 0, why);
        if (!disk.isRotten()) {
            throw simulation.oracle().violation("node " + id + " finds damage where there is none: " + why, why);
        }
        storages++;
        simulation.faults().count(Kind.SET_ASIDE);
        simulation.nemesis().churn().onLost(this);
        simulation.oracle().onWiped(this);
    }

    /** Returns how many storages there were before the present one: what was sent to an earlier one does not reach this. */
    long storages() {
        return storages;
    }

    /** Returns whether it was to take the place of a voter that is none any more: then it waits for its user. */
    boolean isPointless() {
        return replaces != null && !simulation.membership().isVoter(replaces);
    }

    boolean wasMember() {
        return member;
    }

    void noteMember() {
        member = !spare;
    }

    /** Returns how many processes there were. */
    long lives() {
        return lives;
    }

    /** Returns whether its disk is damaged beyond what it may go on with: it refuses to start, and stays away. */
    boolean isOutOfService() {
        return refusals >= 2;
    }

    // ---- start ----

    /** Starts a process; it may die of a power loss in the midst of its recovery. */
    void start() {
        if (life != null || spare || isOutOfService()) {
            return;
        }
        lives++;
        Life next = new Life(simulation, this);
        life = next;
        pausedUntilNanos = 0;
        simulation.trace().add("start", number(), lives, 0, null);
        try {
            next.assemble(disk.disk(), turnRandom, engineRandom);
        } catch (SimDisk.PowerLoss e) {
            simulation.faults().count(Kind.CRASH_IN_RECOVERY);
            crash();
            return;
        } catch (StorageFailure | IllegalStateException e) {
            onRefusedStart(next, e);
            return;
        }
        disk.onOpened();
        simulation.oracle().afterStart(this);
        simulation.stateRot().onStart(this);
        simulation.watchers().forEach(watcher -> watcher.onStart(this));
    }

    private void onRefusedStart(Life refused, RuntimeException why) {
        simulation.trace().add("cannot start", number(), lives, 0, why);
        if (!disk.isFaulty()) {
            throw simulation.oracle().violation("node " + id + " does not recover from a crash: " + why, why);
        }
        if (disk.isRotten() && why instanceof StorageFailure failure && failure.kind() == StorageFailure.Kind.CORRUPT) {
            if (simulation.bug() == PlantedBug.DAMAGE_CUT_OFF) {
                disk.cutOffDamage(failure);
            }
            // Twice, so that a refusal is seen to change nothing.
            simulation.faults().count(Kind.ROT_REFUSED);
            refusals++;
        }
        refused.broken = true;
        crash();
    }

    /** Runs user code, where the process still lives, not before a pause has ended. */
    void runCallback(Life in, Runnable task) {
        if (in.ended) {
            return;
        }
        if (isPaused()) {
            scheduler.at(pausedUntilNanos, () -> runCallback(in, task));
            return;
        }
        try {
            task.run();
        } catch (SimDisk.PowerLoss e) {
            crash();
        }
    }

    // ---- faults ----

    /** Kills the process and takes what the disk had not made durable. */
    void crash() {
        end(true);
    }

    /** Kills the process and leaves the machine up: what was written is still there, durable or not. */
    void kill() {
        end(false);
    }

    private void end(boolean powerLost) {
        if (life == null) {
            return;
        }
        Life dead = life;
        dead.ended = true;
        if (dead.installing) {
            simulation.faults().count(Kind.CRASH_IN_INSTALL);
        }
        life = null;
        simulation
                .trace()
                .add(powerLost ? "crash" : "kill", number(), lives, disk.disk().operations(), null);
        simulation.oracle().onCrash(this);
        disk.onEnd(powerLost);
        simulation.network().onDeath(this);
        simulation.onDeath(dead, SimClient::onNodeDeath);
        simulation.nemesis().onDeath(this);
    }

    /** Closes the engine as a user does; what does not end in time ends by a kill. */
    void close() {
        if (life == null || life.engine == null || life.broken || life.closing) {
            return;
        }
        life.closing = true;
        awaitHandOver(life, scheduler.now() + 2 * swarm.electionTimeoutNanos);
    }

    private void awaitHandOver(Life closing, long untilNanos) {
        if (closing.ended) {
            return;
        }
        boolean handedOver = closing.engine.startClosing().isDone();
        if (isPaused() || (!handedOver && scheduler.now() < untilNanos)) {
            scheduler.after(Swarm.MILLI, () -> awaitHandOver(closing, untilNanos));
        } else if (handedOver && !closing.broken) {
            finishClosing(closing);
        } else {
            kill();
        }
    }

    private void finishClosing(Life closing) {
        long applied = closing.stateMachine.applied().index();
        boolean quarantined = StateRot.isInQuarantine(this); // a state that is wrong is better not kept
        // It may have met a disk that failed for a moment, as its last call was answered.
        boolean whole = closing.engine.health() != NodeHealth.FAILED && closing.engine.health() != NodeHealth.DISK_FULL;
        closing.client = null;
        try {
            closing.engine.close();
        } catch (SimDisk.PowerLoss e) {
            crash();
            return;
        }
        if (whole
                && !disk.isFaulty()
                && !disk.hasLostPower()
                && !quarantined
                && closing.tables.durableIndex() != applied) {
            throw simulation
                    .oracle()
                    .violation(
                            "node " + id + " closed at entry " + applied + " and kept the state at "
                                    + closing.tables.durableIndex(),
                            null);
        }
        simulation.faults().count(Kind.CLOSE);
        scheduler.after(Swarm.MILLI / 10, () -> {
            if (!closing.ended) {
                simulation.onDeath(closing, client -> {
                    throw simulation.oracle().violation("node " + id + " closed and left a call unanswered", null);
                });
                kill();
            }
        });
    }

    DiskFaults disk() {
        return disk;
    }

    /** Lets the disk be full for a while. */
    void fillDisk(long nanos) {
        disk.setFull(true);
        scheduler.after(nanos, () -> disk.setFull(false));
    }

    void pause(long nanos) {
        pausedUntilNanos = Math.max(pausedUntilNanos, scheduler.now() + nanos);
    }

    /** Now and then the process stops in the midst of a turn, behind its reading of the clock: its effects come later. */
    void beginTurn(RandomGenerator random) {
        if (!simulation.isHealed() && swarm.stall > 0 && random.nextDouble() < swarm.stall) {
            stallNanos = random.nextLong(2 * swarm.electionTimeoutNanos);
        }
    }

    /** Returns by how much later than now what a turn sends leaves. */
    long stallNanos() {
        return stallNanos;
    }

    void endTurn() {
        if (stallNanos > 0) {
            simulation.faults().count(Kind.STALL);
            pause(stallNanos);
            stallNanos = 0;
        }
    }

    boolean isPaused() {
        return scheduler.now() < pausedUntilNanos;
    }

    long pausedUntil() {
        return pausedUntilNanos;
    }

    void slowDisk(long nanos) {
        slowDiskUntilNanos = scheduler.now() + nanos;
    }

    /** Ends what faults there are, short of restarting the process. */
    void heal() {
        pausedUntilNanos = 0;
        slowDiskUntilNanos = 0;
        disk.setFull(false);
        if (life != null && (life.broken || life.closing || disk.isArmed() || disk.isRotten())) {
            crash();
        }
        disk.heal();
    }

    /** An agent of the present life has thrown {@code cause}. */
    void onAgentFailure(Throwable cause) {
        if (!disk.isFaulty()) {
            throw simulation.oracle().violation("node " + id + " failed: " + cause, cause);
        }
        life.failing = true;
    }

    /** The engine has closed its transport: its disk failed, or there is a bug. */
    void onLeftCluster() {
        Life leaving = life;
        if (leaving.closing && leaving.engine.startClosing().isDone()) {
            return;
        }
        if (!leaving.failing && !disk.hasLostPower() && !disk.isFaulty()) {
            throw simulation
                    .oracle()
                    .violation(
                            "node " + id + " broke down: "
                                    + leaving.engine.status().detail(),
                            null);
        }
        leaving.broken = true;
        simulation.nemesis().onBroken(this, disk.hasLostPower());
    }

    /** How long after a wake-up the turn of an agent comes. */
    long turnDelay(String agent, RandomGenerator random) {
        long delay = 1 + random.nextLong(2 * swarm.turnNanos);
        if (!simulation.isHealed() && random.nextDouble() < swarm.slowTurn) {
            delay += random.nextLong(swarm.electionTimeoutNanos / 2);
        }
        if (agent.equals("log")) {
            delay += random.nextLong(2 * swarm.syncNanos);
            if (scheduler.now() < slowDiskUntilNanos) {
                delay += random.nextLong(3 * swarm.electionTimeoutNanos);
            }
        }
        return delay;
    }

    @Override
    public String toString() {
        return "node " + id
                + (life == null || life.raft == null
                        ? " down"
                        : " " + life.raft.role() + " term " + life.raft.term() + " commit " + life.raft.commitIndex()
                                + " last " + life.raft.lastEntry() + " applied " + life.stateMachine.applied());
    }
}
