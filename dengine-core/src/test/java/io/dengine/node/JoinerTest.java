package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.DEngineConfig;
import io.dengine.config.PeerAddress;
import io.dengine.raft.Raft;
import io.dengine.raft.RaftConfig;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.membership.Self;
import io.dengine.storage.MemoryDisk;
import io.dengine.storage.Standing;
import io.dengine.storage.file.DataDirectory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Node 4, which has restarted with some membership in its log or state. */
class JoinerTest {

    private static final NodeId FOUR = NodeId.of(4);
    private static final Map<NodeId, PeerAddress> MEMBERS = Map.of(FOUR, new PeerAddress("four", 4));
    private static final long RETRY_NANOS = 1_000_000_000;
    private static final Membership OTHERS = Membership.ofVoters(Set.of(NodeId.of(1)));

    private final MemoryDisk disk = new MemoryDisk();
    private final RecordedPeers peers = new RecordedPeers();
    private DataDirectory directory = open();

    private DataDirectory open() {
        return SteppedNode.directory(DEngineConfig.member(4, Path.of("data"), "test", MEMBERS), disk);
    }

    private Member self() {
        return Member.of(FOUR, "four:4", directory.storageId());
    }

    private static Raft raft(Membership membership) {
        RaftConfig config = new RaftConfig(RETRY_NANOS, RETRY_NANOS / 10, 0.1, 1 << 20, 4, 4 << 20, 1 << 20);
        HeapLog log = new HeapLog();
        return new Raft(config, Self.founder(FOUR), membership, log.hardState(), log, 0, 0, new Random(4));
    }

    /** Lets a second go by in which the node knows {@code membership} to be committed. */
    private void restartWith(Membership membership) {
        Joiner joiner = new Joiner(
                raft(membership),
                peers,
                directory,
                event -> {},
                self(),
                List.of(new PeerAddress("one", 1)),
                RETRY_NANOS,
                0);
        joiner.tend(RETRY_NANOS);
    }

    @Test
    void whoWasNotTakenInYetAsksThoughItHasALogOfTheOthers() {
        directory.become(Standing.JOINING);
        restartWith(OTHERS);
        assertThat(peers.joins).hasSize(1);
    }

    @Test
    void whoWasTakenOutDoesNotAsk() {
        directory.become(Standing.JOINED);
        restartWith(OTHERS);
        assertThat(peers.joins).isEmpty();
    }

    @Test
    void whoWasThereFromTheBeginningDoesNotAsk() {
        restartWith(OTHERS);
        assertThat(peers.joins).isEmpty();
    }

    @Test
    void theMembershipThatNamesItIsRememberedForGood() {
        directory.become(Standing.JOINING);
        restartWith(new MembershipChange.AddLearner(self()).applyTo(OTHERS));
        assertThat(peers.joins).isEmpty();
        directory.close();
        directory = open();
        assertThat(directory.standing()).isEqualTo(Standing.JOINED);
    }

    @Test
    void anotherStorageOfItsIdIsNotIt() {
        directory.become(Standing.JOINING);
        Member earlier = Member.of(FOUR, "four:4", new UUID(9, 9));
        restartWith(new MembershipChange.AddLearner(earlier).applyTo(OTHERS));
        assertThat(peers.joins).hasSize(1);
        assertThat(directory.standing()).isEqualTo(Standing.JOINING);
    }
}
