package io.dengine.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.raft.RaftNetwork.Link;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.progress.ProgressState;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Drives a cluster whose members change, whose logs are compacted and whose nodes restore each other's snapshots, by random
 * faults from a seed: no check may fail, and afterwards the members must come to rest in agreement.
 */
class MembershipScheduleTest {

    private static final int SEEDS = Integer.getInteger("dengine.raft.seeds", 60);
    private static final int STEPS = 500;

    @ParameterizedTest
    @CsvSource({"1, 4", "2, 5", "3, 6"})
    void staysSafeWhileMembersChange(int voters, int nodes) {
        for (int seed = 0; seed < SEEDS; seed++) {
            Schedule schedule = new Schedule(voters, nodes, seed, EnumSet.allOf(SafetyRule.class));
            try {
                schedule.run();
                schedule.recover();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(voters + " voters, seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = PlantedRaft.Bug.class,
            names = {"SKIP_JOINT", "KEEP_CUT_MEMBERSHIP"})
    void findsPlantedBug(PlantedRaft.Bug bug) {
        assertThatThrownBy(() -> {
                    for (int seed = 0; seed < 3000; seed++) {
                        new Schedule(2 + seed % 2, 6, seed, bug.remainingRules()).run();
                    }
                })
                .isInstanceOfAny(AssertionError.class, IllegalStateException.class, IllegalArgumentException.class);
    }

    /** That the schedules reach what they are about. */
    @Test
    void schedulesChangeMembersAndRestoreSnapshots() {
        Map<String, Integer> counts = new TreeMap<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            Schedule schedule = new Schedule(3, 6, seed, EnumSet.allOf(SafetyRule.class));
            schedule.run();
            schedule.counts.forEach((what, count) -> counts.merge(what, count, Integer::sum));
        }
        assertThat(counts)
                .containsKeys(
                        "Started AddLearner", "Started Promote", "Started Demote", "Started Remove", "Started Replace")
                .containsKeys("Refused CHANGE_IN_PROGRESS", "Refused QUORUM_AT_RISK", "Refused LEADER_LEAVES")
                .containsKeys("restored", "strayed", "joint", "cut");
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isPositive());
    }

    private static final class Schedule {

        private final RaftNetwork network;
        private final int nodes;
        private final SplittableRandom random;
        private final Map<Long, Long> readFloors = new HashMap<>();
        private final Map<String, Integer> counts = new TreeMap<>();
        private int proposals;
        private long readId;

        Schedule(int voters, int nodes, long seed, Set<SafetyRule> rules) {
            this.nodes = nodes;
            this.random = new SplittableRandom(seed);
            this.network = new RaftNetwork(voters, nodes, rules);
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                step();
            }
        }

        private void step() {
            if (random.nextInt(15) == 0) {
                fault(anyHost());
            }
            for (RaftHost host : network.hosts()) {
                if (host.isUp() && random.nextInt(6) == 0) {
                    host.propose(Integer.toString(++proposals));
                }
                if (host.isUp() && random.nextInt(6) == 0) {
                    read(host);
                }
                if (host.isUp() && host.raft().role() == RoleKind.LEADER && random.nextInt(4) == 0) {
                    change(host);
                }
            }
            if (random.nextInt(10) == 0) {
                anyUp().ifPresent(RaftHost::compact);
            }
            feedSnapshots(false);
            if (random.nextInt(20) == 0) {
                straySnapshot();
            }
            int steps = 1 + random.nextInt(4);
            for (int i = 0; i < steps; i++) {
                network.hosts().forEach(host -> host.jump(10));
                network.check();
            }
            if (random.nextInt(10) == 0) {
                network.lose(link -> random.nextInt(3) == 0);
            }
            int rounds = random.nextInt(5);
            for (int i = 0; i < rounds; i++) {
                network.deliver(link -> random.nextInt(10) > 0);
            }
            network.check();
            checkReads();
            observe();
        }

        private Optional<RaftHost> anyUp() {
            RaftHost host = anyHost();
            return host.isUp() ? Optional.of(host) : Optional.empty();
        }

        private void change(RaftHost leader) {
            NodeId node = NodeId.of(anyId());
            NodeId other = NodeId.of(anyId());
            Member member = Member.unknown(node).withReadOnly(random.nextInt(4) == 0);
            MembershipChange change = switch (random.nextInt(5)) {
                case 0 -> new MembershipChange.AddLearner(member);
                case 1 -> new MembershipChange.Promote(node);
                case 2 -> new MembershipChange.Demote(node);
                case 3 -> new MembershipChange.Remove(node);
                default -> new MembershipChange.Replace(other, Member.unknown(node));
            };
            if (node.equals(other)) {
                return;
            }
            if (random.nextInt(10) == 0) {
                network.isolate(leader.id.value()); // what it begins may be cut again
            }
            ChangeOutcome outcome = leader.change(change);
            if (outcome instanceof ChangeOutcome.Refused refused) {
                count("Refused " + refused.reason());
            } else {
                count(outcome.getClass().getSimpleName() + " "
                        + change.getClass().getSimpleName());
            }
        }

        /** A snapshot holds committed entries only: it may reach anyone, from anyone, at any time. */
        private void straySnapshot() {
            RaftHost source = anyHost();
            RaftHost target = anyHost();
            if (source.isUp() && target.isUp() && source.disk.base().index() > 0 && target.restoreFrom(source)) {
                count("strayed");
            }
        }

        /** What the driver does for a peer that the log no longer reaches; here from any node. */
        private void feedSnapshots(boolean all) {
            for (RaftHost source : network.hosts()) {
                if (!source.isUp() || source.disk.base().index() == 0) {
                    continue;
                }
                for (PeerProgress peer : source.raft().peers()) {
                    RaftHost target = network.host(peer.peer().value());
                    boolean due = peer.state() == ProgressState.SNAPSHOT && (all || random.nextInt(5) == 0);
                    if (due && target.isUp() && target.restoreFrom(source)) {
                        count("restored");
                    }
                }
            }
        }

        private void fault(RaftHost host) {
            switch (random.nextInt(14)) {
                case 0, 1 -> network.isolate(anyId());
                case 2 -> network.cut(new Link(anyId(), anyId()));
                case 3, 4, 5 -> network.heal();
                case 6, 7, 8 -> crashOrRestart(host);
                case 9, 10 -> holdOrReleaseDisk(host);
                case 11, 12 -> pauseOrResume(host);
                default -> {
                    if (host.isUp()) {
                        host.transfer(random.nextBoolean() ? null : NodeId.of(anyId()));
                    }
                }
            }
        }

        private void crashOrRestart(RaftHost host) {
            if (host.isUp()) {
                network.crash(host.id.value());
            } else {
                host.restart();
            }
        }

        private void holdOrReleaseDisk(RaftHost host) {
            if (host.isUp() && random.nextBoolean()) {
                host.holdDisk();
            } else if (host.isUp()) {
                host.releaseDisk();
            }
        }

        private void pauseOrResume(RaftHost host) {
            if (host.isUp()) {
                host.raft().pauseCampaigns(random.nextBoolean());
                if (random.nextBoolean()) {
                    host.raft().pauseApplying(true);
                } else {
                    host.resumeApplying();
                }
            }
        }

        private void read(RaftHost host) {
            long committed = network.hosts().stream()
                    .filter(RaftHost::isUp)
                    .mapToLong(each -> each.raft().commitIndex())
                    .max()
                    .orElse(0);
            readFloors.put(++readId, committed);
            host.read(readId);
        }

        private void checkReads() {
            for (RaftHost host : network.hosts()) {
                for (Ready.ConfirmedRead read : host.reads) {
                    assertThat(read.index()).isGreaterThanOrEqualTo(readFloors.getOrDefault(read.readId(), 0L));
                }
                host.reads.clear();
            }
        }

        private void observe() {
            for (RaftHost host : network.hosts()) {
                if (host.isUp() && host.raft().membership().isJoint()) {
                    count("joint");
                }
                long last = 0;
                for (Notice notice : host.notices) {
                    if (notice instanceof Notice.MembershipChanged changed) {
                        if (changed.index() < last) {
                            count("cut");
                        }
                        last = changed.index();
                    }
                }
            }
        }

        void recover() {
            network.heal();
            for (RaftHost host : network.hosts()) {
                if (!host.isUp()) {
                    host.restart();
                }
                host.releaseDisk();
                host.raft().pauseCampaigns(false);
                host.resumeApplying();
            }
            for (int i = 0; i < 20; i++) {
                network.run(RaftHost.ELECTION_TIMEOUT_MILLIS);
                feedSnapshots(true);
            }
            RaftHost leader = network.hosts().stream()
                    .filter(host -> host.raft().role() == RoleKind.LEADER)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no leader: "
                            + network.hosts().stream()
                                    .map(host -> host.id + " " + host.raft().role() + " term "
                                            + host.raft().term() + " last "
                                            + host.raft().lastEntry() + " commit "
                                            + host.raft().commitIndex() + " in "
                                            + host.raft().membership())
                                    .toList()));
            Membership membership = leader.raft().committedMembership();
            assertThat(leader.raft().isChangingMembership())
                    .as("%s", membership)
                    .isFalse();
            leader.propose("last");
            network.run(500);
            for (NodeId member : membership.members()) {
                RaftHost host = network.host(member.value());
                assertThat(host.applied)
                        .as("node %s", member)
                        .isEqualTo(leader.applied)
                        .endsWith("last");
                assertThat(host.raft().committedMembership()).isEqualTo(membership);
                assertThat(host.raft().leader()).isEqualTo(leader.id);
            }
            assertThat(membership.learners())
                    .as(
                            "learners that nobody promotes, %s, %s",
                            membership.details(), leader.raft().peers())
                    .allMatch(learner -> membership.member(learner).readOnly());
        }

        private void count(String what) {
            counts.merge(what, 1, Integer::sum);
        }

        private RaftHost anyHost() {
            return network.host(anyId());
        }

        private int anyId() {
            return 1 + random.nextInt(nodes);
        }
    }
}
