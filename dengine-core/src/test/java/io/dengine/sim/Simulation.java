package io.dengine.sim;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.api.WatchRequest;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.sim.Faults.Kind;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.TableStore;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * One run: a cluster, its clients and watchers, and a nemesis, all in one thread under virtual time. First faults, while
 * nothing unsafe may happen; then the faults end, and everything must come right within bounded time.
 */
final class Simulation {

    private static final long MILLI = Swarm.MILLI;

    /** What is being run, if whoever runs it says so. */
    private static final String COMMIT =
            System.getProperty("dengine.commit") == null ? "" : " of commit " + System.getProperty("dengine.commit");

    /** Not yet. */
    private static final long NEVER = Long.MAX_VALUE;

    /**
     * What a run came to.
     *
     * @param hash of all that happened, in order
     */
    record Outcome(long seed, long hash, long events, long virtualNanos, Faults faults) {}

    private final long seed;
    private final Seeds seeds;
    private final Swarm swarm;
    private final PlantedBug bug;
    private final Scheduler scheduler = new Scheduler();
    private final Trace trace = new Trace(scheduler);
    private final Faults faults = new Faults();
    private final List<SimNode> nodes = new ArrayList<>();
    private final List<SimClient> clients = new ArrayList<>();
    private final List<SimWatcher> watchers = new ArrayList<>();
    private final Membership bootstrap;
    private final Oracle oracle;
    private final HistoryCheck history = new HistoryCheck(this);
    private final SimNetwork network;
    private final Nemesis nemesis;
    private final StateRot stateRot = new StateRot(this);
    private long stableSinceNanos = NEVER;
    private List<SimNode> wholeSinceThen = List.of();
    private boolean healed;
    private long settlingTerm;
    private long settlingSinceNanos;

    private Simulation(long seed, Swarm swarm, PlantedBug bug) {
        this.seed = seed;
        this.seeds = new Seeds(seed);
        this.swarm = swarm;
        this.bug = bug;
        this.network = new SimNetwork(this, swarm, seeds.of("network", 0));
        this.nemesis = new Nemesis(this, seeds.of("nemesis", 0));
        SortedMap<NodeId, Member> voters = new TreeMap<>();
        for (int number = 1; number <= swarm.voters; number++) {
            NodeId id = NodeId.of(number);
            voters.put(id, Member.of(id, SimNetwork.addressOf(number).toString(), null));
        }
        this.bootstrap = Membership.ofVoters(voters);
        this.oracle = new Oracle(this);
        for (int number = 1; number <= swarm.nodes; number++) {
            NodeId id = NodeId.of(number);
            SimNode node = new SimNode(this, id.value(), seeds);
            if (number > swarm.voters) {
                node.becomeSpare();
            }
            nodes.add(node);
            oracle.watch(node);
            addWatchers(node);
        }
        for (int number = 1; number <= swarm.clients; number++) {
            clients.add(new SimClient(this, number, null));
        }
        if (swarm.stateRot > 0) {
            clients.add(new SimClient(this, swarm.clients + 1, StateRot.ROW));
        }
    }

    private void addWatchers(SimNode node) {
        RandomGenerator random = seeds.of("watches", node.number());
        WatchRequest all = WatchRequest.prefix(ByteSequence.EMPTY);
        watchers.add(new SimWatcher(this, node, 1, all.withFromRevision(1).withPreviousValue()));
        WatchRequest some = random.nextBoolean()
                ? WatchRequest.key(SimClient.keyNumber(0))
                : WatchRequest.prefix(ByteSequence.of("a/"));
        watchers.add(new SimWatcher(this, node, 2, random.nextBoolean() ? some.withPreviousValue() : some));
        watchers.add(new SimWatcher(this, node, 3, some.withFromRevision(1 + random.nextInt(20))));
    }

    /** Runs {@code seed} to its end. */
    static Outcome run(long seed) {
        return run(seed, Swarm.of(seed), PlantedBug.NONE);
    }

    /**
     * Runs {@code seed} with another swarm or a planted bug.
     *
     * @throws Violation if a promise was broken; its text says which, when, what came before, and how to see it again
     */
    static Outcome run(long seed, Swarm swarm, PlantedBug bug) {
        return new Simulation(seed, swarm, bug).run();
    }

    private Outcome run() {
        try {
            beFaulty();
            heal();
            finish();
        } catch (Violation e) {
            throw described(e);
        }
        nodes.forEach(node -> node.disk().countInto(faults));
        faults.add(Kind.WILD_CLOCK, swarm.wildClock == 0 ? 0 : 1);
        return new Outcome(seed, trace.hash(), scheduler.done(), scheduler.now(), faults);
    }

    private Violation described(Violation violation) {
        String text =
                "seed %d%s, %d nodes, at %.3f ms: %s%nto see it again: -Ddengine.sim.first=%d -Ddengine.sim.seeds=1%n%s"
                        .formatted(
                                seed,
                                COMMIT,
                                swarm.nodes,
                                scheduler.now() / 1e6,
                                violation.getMessage(),
                                seed,
                                trace.newest());
        return new Violation(text, violation);
    }

    private void beFaulty() {
        RandomGenerator random = seeds.of("start", 0);
        nodes.forEach(node -> scheduler.after(random.nextLong(20 * MILLI), node::start));
        clients.forEach(SimClient::start);
        nemesis.start();
        runUntil(swarm.faultyNanos, () -> false);
    }

    /** Ends all faults; a leader must be found, and soon every call must succeed. */
    private void heal() {
        healed = true;
        nemesis.stop();
        network.becomeHealthy();
        nodes.forEach(SimNode::heal);
        nodes.forEach(SimNode::start);
        if (!isChanging()) {
            int timeouts = swarm.isElectionSlow() ? 30 : 10;
            require(timeouts * swarm.electionTimeoutNanos, this::isSettled, () -> "no leader is agreed on: " + nodes);
        }
        // Up to the newest entry, not only to what was committed when the faults ended: joining, promotion and expiry
        // commit
        // more. Who lacks that may still be fetching a snapshot, and would fall behind further under the load to come.
        require(
                catchUpNanos(),
                () -> haveAllJoined()
                        && !isPromotionDue()
                        && haveAllApplied()
                        && nemesis.churn().isOver()
                        && stateRot.isOver()
                        && isSettled(),
                () -> "a node does not catch up with entry " + oracle.ledger().lastIndex() + " (" + stateRot + "): "
                        + nodes);
        stableSinceNanos = scheduler.now();
        wholeSinceThen = nodesInService();
        runUntil(scheduler.now() + 100 * MILLI, () -> false);
    }

    /**
     * Returns how long those that were away may take: what the log lacks comes as a snapshot, at a limited rate. It holds the state
     * and the history of changes, and all may need one from the same leader, twice if that changes.
     */
    private long catchUpNanos() {
        long values = swarm.keys + Math.min(oracle.ledger().revision(), swarm.historyEvents);
        long bytes = swarm.nodes * values * swarm.valueBytes;
        return (isChanging() ? 100 : 20) * swarm.electionTimeoutNanos
                + 2 * bytes * 1000 / swarm.snapshotBytesPerSecond * MILLI;
    }

    /** Returns whether members may still come and go, or have to fetch what they had. */
    private boolean isChanging() {
        return swarm.churn > 0 || swarm.rot > 0 || swarm.stateRot > 0;
    }

    /** Returns whether all have followed one leader for so long that nothing of the past can disturb it. */
    private boolean isSettled() {
        SimNode leader = oracle.agreedLeader();
        long term = leader == null ? 0 : leader.life().raft.term();
        if (term == 0 || term != settlingTerm) {
            settlingTerm = term;
            settlingSinceNanos = scheduler.now();
        }
        return term != 0 && scheduler.now() - settlingSinceNanos >= 3 * swarm.electionTimeoutNanos;
    }

    /** Ends the load; every call must be answered, every node and watcher must catch up, every TTL must run out. */
    private void finish() {
        clients.forEach(SimClient::stop);
        require(
                2 * swarm.requestTimeoutMillis * MILLI,
                () -> clients.stream().noneMatch(SimClient::isWaiting),
                () -> "a call is never answered");
        require(
                isChanging() || isAnyBehindALog() ? catchUpNanos() : 10 * swarm.electionTimeoutNanos,
                () -> nodesInService().stream().allMatch(this::isCaughtUp)
                        && watchers.stream().allMatch(SimWatcher::hasAll),
                () -> "a node or a watcher does not catch up with entry "
                        + oracle.ledger().lastIndex() + ": "
                        + nodes.stream().map(SimNode::toString).toList() + " " + watchers);
        nodesInService().forEach(this::compareState);
        history.check(seed);
    }

    /** Returns whether somebody lacks what others have purged, so that a snapshot must come, at a limited rate. */
    private boolean isAnyBehindALog() {
        long purgedTo = nodesInService().stream()
                .mapToLong(node -> node.life().log.base().index())
                .max()
                .orElse(0);
        return nodesInService().stream()
                .anyMatch(node -> node.life().raft.lastEntry().index() < purgedTo);
    }

    private boolean isCaughtUp(SimNode node) {
        AppliedState applied = node.life().stateMachine.applied();
        return applied.index() == oracle.ledger().lastIndex()
                && node.life().stateMachine.nextDeadlineMillis() == Long.MAX_VALUE
                && oracle.ledger().lastIndex() == node.life().raft.lastEntry().index();
    }

    private void compareState(SimNode node) {
        List<KeyValue> state = new ArrayList<>();
        try (TableStore.View view = node.life().stateMachine.view()) {
            view.scan(ByteSequence.EMPTY, null, (key, value) -> state.add(value.toKeyValue(key)));
        }
        List<KeyValue> expected =
                oracle.ledger().under(ByteSequence.EMPTY, oracle.ledger().revision());
        if (!state.equals(expected)) {
            throw oracle.violation("node " + node.id() + " holds " + state + ", the twin " + expected, null);
        }
    }

    private void require(long withinNanos, BooleanSupplier condition, Supplier<String> otherwise) {
        if (!runUntil(scheduler.now() + withinNanos, condition)) {
            throw oracle.violation(otherwise.get() + " within " + withinNanos / MILLI + " ms", null);
        }
    }

    /** Runs until {@code condition} holds or the time has come; returns whether it holds. */
    private boolean runUntil(long untilNanos, BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            boolean more = scheduler.step(untilNanos);
            if (oracle.first() != null) {
                throw oracle.first();
            }
            if (!more) {
                return condition.getAsBoolean();
            }
        }
        return true;
    }

    // ---- the parts ----

    Seeds seeds() {
        return seeds;
    }

    Swarm swarm() {
        return swarm;
    }

    PlantedBug bug() {
        return bug;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    Trace trace() {
        return trace;
    }

    Faults faults() {
        return faults;
    }

    Oracle oracle() {
        return oracle;
    }

    HistoryCheck history() {
        return history;
    }

    SimNetwork network() {
        return network;
    }

    Nemesis nemesis() {
        return nemesis;
    }

    List<SimNode> nodes() {
        return nodes;
    }

    StateRot stateRot() {
        return stateRot;
    }

    /** Returns who is a member when the cluster begins. */
    Membership bootstrap() {
        return bootstrap;
    }

    /** Returns who is a member by what is committed. */
    Membership membership() {
        Membership committed =
                oracle.ledger().stateAfter(oracle.ledger().lastIndex()).membership();
        return committed.equals(Membership.NONE) ? bootstrap : committed;
    }

    /** Returns the members that are not out for good. */
    List<SimNode> nodesInService() {
        return nodes.stream().filter(this::isInService).toList();
    }

    /** A machine that was switched off for good may still be taken in: it had asked again before. */
    boolean isInService(SimNode node) {
        return !node.isOutOfService() && !node.isSpare() && membership().contains(node.id());
    }

    private boolean haveAllApplied() {
        long index = oracle.ledger().lastIndex();
        return nodesInService().stream().allMatch(node -> node.hasApplied(index));
    }

    /** Returns whether everybody who wants to is in the cluster. */
    private boolean haveAllJoined() {
        return nodes.stream()
                        .allMatch(node -> node.isSpare()
                                || node.isOutOfService()
                                || node.isPointless()
                                || node.wasMember()
                                || isInService(node))
                && !membership().isJoint();
    }

    /** Returns whether a learner is still to become a voter by itself: it may take the place of another, whose calls fail. */
    private boolean isPromotionDue() {
        Membership now = membership();
        return nodesInService().stream()
                .map(node -> now.member(node.id()))
                .anyMatch(member -> !now.isVoter(member.id())
                        && !member.readOnly()
                        && (member.replaces() == null || now.isVoter(member.replaces())));
    }

    /** Returns whether some clock runs outside the bound that the engine was given, and no planted bug denies it. */
    boolean hasWildClock() {
        return swarm.wildClock != 0 && bug != PlantedBug.DRIFT_DENIED;
    }

    List<SimWatcher> watchers() {
        return watchers;
    }

    SimNode node(NodeId id) {
        return nodes.get(id.value() - 1);
    }

    /** Returns whether the faults have ended and no leader is sure yet. */
    boolean isSettling() {
        return healed && stableSinceNanos == NEVER;
    }

    boolean isHealed() {
        return healed;
    }

    /** Returns since when there has been a leader without any fault, or a time that never comes. */
    long stableSince() {
        return stableSinceNanos;
    }

    /** Returns whether {@code node} had all there was then. One that was a member before may come back later, and catch up. */
    boolean wasWhole(SimNode node) {
        return wholeSinceThen.contains(node);
    }

    /** Tells the clients that wait for the process that has just died. */
    void onDeath(Life dead, Consumer<SimClient> notice) {
        for (SimClient client : clients) {
            if (client.waitsFor() == dead) {
                notice.accept(client);
            }
        }
    }
}
