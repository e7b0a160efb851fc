package io.dengine.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.raft.RaftNetwork.Start;
import io.dengine.raft.entry.HardState;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Requests and votes wait for the disk, so an election takes two writes one after the other. While both fit into an
 * election timeout nobody starts over before his election can be won.
 */
class SlowDiskElectionTest {

    private static final long STEP_MILLIS = 10;

    @ParameterizedTest
    @CsvSource({"3, 100", "3, 300", "3, 500", "5, 500", "7, 500"})
    void slowWritesDelayAnElectionAndDoNotPreventIt(int voters, long writeMillis) {
        RaftNetwork network = new RaftNetwork(
                Collections.nCopies(voters, new Start(HardState.INITIAL, List.of())), EnumSet.allOf(SafetyRule.class));
        network.hosts().forEach(RaftHost::holdDisk);
        long passed = 0;
        while (network.hosts().stream().noneMatch(host -> host.raft().role() == RoleKind.LEADER)) {
            assertThat(passed).as("milliseconds without a leader").isLessThan(15 * RaftHost.ELECTION_TIMEOUT_MILLIS);
            passed += STEP_MILLIS;
            if (passed % writeMillis == 0) {
                network.hosts().stream().filter(RaftHost::hasUnwritten).forEach(RaftHost::syncOne);
            }
            network.run(STEP_MILLIS);
        }
    }
}
