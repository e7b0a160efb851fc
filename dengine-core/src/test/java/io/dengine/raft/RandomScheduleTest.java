package io.dengine.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.raft.RaftNetwork.Link;
import io.dengine.raft.RaftNetwork.Start;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.NodeId;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Drives a cluster by random faults from a seed: first no check may fail whatever happens, then, with the faults over, everything must
 * come to rest in agreement.
 */
class RandomScheduleTest {

    private static final int SEEDS = 40;
    private static final int STEPS = 400;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void staysSafeUnderFaultsAndRecoversAfterThem(int voters) {
        for (int seed = 0; seed < SEEDS; seed++) {
            Schedule schedule = new Schedule(voters, seed, EnumSet.allOf(SafetyRule.class));
            try {
                for (int step = 0; step < STEPS; step++) {
                    schedule.step();
                }
                schedule.recover();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(voters + " voters, seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** That the checks see something. The other bugs need rarer schedules: {@link ScenarioTest} plays them by hand. */
    @ParameterizedTest
    @EnumSource(
            value = PlantedRaft.Bug.class,
            names = {"UNCONFIRMED_READ", "COUNT_UNSYNCED", "VOTE_STALE_LOG"})
    void findsPlantedBug(PlantedRaft.Bug bug) {
        assertThatThrownBy(() -> {
                    for (int seed = 0; seed < 400; seed++) {
                        Schedule schedule = new Schedule(3, seed, bug.remainingRules());
                        for (int step = 0; step < STEPS; step++) {
                            schedule.step();
                        }
                    }
                })
                .isInstanceOfAny(AssertionError.class, IllegalStateException.class);
    }

    /** A cluster and the faults that a seed brings upon it. */
    static final class Schedule {

        private final RaftNetwork network;
        private final int voters;
        private final SplittableRandom random;
        /** By read id, what some node had committed when the read was asked for. */
        private final Map<Long, Long> readFloors = new HashMap<>();

        private int proposals;
        private long readId;

        Schedule(int voters, long seed, Set<SafetyRule> rules) {
            this.voters = voters;
            this.random = new SplittableRandom(seed);
            this.network = new RaftNetwork(Collections.nCopies(voters, new Start(HardState.INITIAL, List.of())), rules);
        }

        void observe(TlaTrace trace) {
            network.hosts().forEach(trace::watch);
        }

        void step() {
            if (random.nextInt(12) == 0) {
                fault(anyHost());
            }
            if (random.nextInt(3) == 0) {
                propose(anyHost());
            }
            if (random.nextInt(3) == 0) {
                read(anyHost());
            }
            passTime(1 + random.nextInt(4));
            if (random.nextInt(8) == 0) {
                tamper();
            }
            int rounds = random.nextInt(4);
            for (int i = 0; i < rounds; i++) {
                network.deliver(link -> random.nextInt(10) > 0); // what stays behind is overtaken
            }
            network.check();
            checkReads();
        }

        private void fault(RaftHost host) {
            switch (random.nextInt(16)) {
                case 0, 1 -> network.isolate(anyId());
                case 2, 3 -> {
                    network.heal();
                    network.isolate(anyId());
                }
                case 4 -> network.cut(new Link(anyId(), anyId()));
                case 5, 6, 7 -> network.heal();
                case 8, 9, 10, 11 -> crashOrRestart(host);
                case 12, 13, 14 -> holdOrReleaseDisk(host);
                default -> transfer(host);
            }
        }

        private void tamper() {
            switch (random.nextInt(3)) {
                case 0 -> network.lose(someLinks());
                case 1 -> network.duplicate(someLinks());
                default -> network.reverse(someLinks());
            }
        }

        void recover() {
            network.heal();
            for (RaftHost host : network.hosts()) {
                if (!host.isUp()) {
                    host.restart();
                }
                host.releaseDisk();
            }
            network.run(12 * RaftHost.ELECTION_TIMEOUT_MILLIS);
            RaftHost leader = network.hosts().stream()
                    .filter(host -> host.raft().role() == RoleKind.LEADER)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no leader"));
            leader.read(++readId);
            leader.propose("last");
            network.run(500);
            for (RaftHost host : network.hosts()) {
                assertThat(host.applied)
                        .as("node %s", host.id)
                        .isEqualTo(leader.applied)
                        .endsWith("last");
                assertThat(host.raft().leader()).isEqualTo(leader.id);
            }
            assertThat(leader.reads).extracting(Ready.ConfirmedRead::readId).contains(readId);
            checkReads();
        }

        /** All clocks run alike, in steps, without delivery. */
        private void passTime(int steps) {
            for (int i = 0; i < steps; i++) {
                network.hosts().forEach(host -> host.jump(10));
                network.check();
            }
        }

        private void propose(RaftHost host) {
            if (host.isUp()) {
                host.propose(Integer.toString(++proposals));
            }
        }

        private void read(RaftHost host) {
            long committed = network.hosts().stream()
                    .filter(RaftHost::isUp)
                    .mapToLong(each -> each.raft().commitIndex())
                    .max()
                    .orElse(0);
            if (host.isUp()) {
                readFloors.put(++readId, committed);
                host.read(readId);
            }
        }

        private void checkReads() {
            for (RaftHost host : network.hosts()) {
                for (Ready.ConfirmedRead read : host.reads) {
                    assertThat(read.index())
                            .as("read %s", read)
                            .isGreaterThanOrEqualTo(readFloors.getOrDefault(read.readId(), 0L));
                }
            }
        }

        private void transfer(RaftHost host) {
            if (host.isUp()) {
                host.transfer(random.nextBoolean() ? null : NodeId.of(anyId()));
            }
        }

        private void holdOrReleaseDisk(RaftHost host) {
            if (!host.isUp()) {
                return;
            }
            if (host.hasUnwritten() && random.nextBoolean()) {
                host.syncOne();
            } else if (random.nextBoolean()) {
                host.holdDisk();
            } else {
                host.releaseDisk();
            }
        }

        private void crashOrRestart(RaftHost host) {
            if (host.isUp()) {
                network.crash(host.id.value());
            } else {
                host.restart();
            }
        }

        private Predicate<Link> someLinks() {
            int from = anyId();
            int to = anyId();
            return switch (random.nextInt(4)) {
                case 0 -> link -> link.from() == from && link.to() == to;
                case 1 -> link -> link.to() == to;
                case 2 -> link -> link.from() == from;
                default -> link -> true;
            };
        }

        private RaftHost anyHost() {
            return network.host(anyId());
        }

        private int anyId() {
            return 1 + random.nextInt(voters);
        }
    }
}
