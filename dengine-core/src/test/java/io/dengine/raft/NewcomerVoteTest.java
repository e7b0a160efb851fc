package io.dengine.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.membership.Self;
import io.dengine.raft.message.Envelope;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Node 3 has an empty log. Node 1, which has lost its data too, asks it for a vote. */
class NewcomerVoteTest {

    private static final NodeId ONE = NodeId.of(1);
    private static final NodeId THREE = NodeId.of(3);
    private static final UUID STORAGE = new UUID(3, 3);
    private static final Membership FOUNDERS = RaftHost.voters(3);

    private static List<Boolean> answers(Self self, Membership membership) {
        DiskLog log = new DiskLog();
        RaftConfig config = new RaftConfig(1_000_000_000, 100_000_000, 0.1, 1 << 20, 4, 4 << 20, 1 << 20);
        Raft raft = new Raft(config, self, membership, HardState.INITIAL, log, 0, 0, new SplittableRandom(3));
        List<Envelope> sent = new ArrayList<>();
        for (boolean preVote : new boolean[] {true, false}) {
            raft.step(ONE, new VoteRequest(1, preVote, EntryId.ZERO, false));
            Ready ready = raft.takeReady();
            sent.addAll(ready.sendNow());
            sent.addAll(ready.sendAfterAppend());
        }
        return sent.stream()
                .map(Envelope::message)
                .map(VoteResponse.class::cast)
                .map(VoteResponse::granted)
                .toList();
    }

    @Test
    void aFounderVotesFromTheFirst() {
        assertThat(answers(new Self(THREE, STORAGE, true), FOUNDERS)).containsExactly(true, true);
    }

    /** Two of three founders without data elected each other, beside a cluster that had replaced them. */
    @Test
    void whoKnowsNoMembershipDoesNotVote() {
        assertThat(answers(new Self(THREE, STORAGE, false), Membership.NONE)).containsExactly(false, false);
    }

    @Test
    void whoHasTheFrontOfTheLogUnderAnOldIdDoesNotVote() {
        assertThat(answers(new Self(THREE, STORAGE, false), FOUNDERS)).containsExactly(false, false);
    }

    @Test
    void whoIsNamedVotes() {
        Membership named =
                new MembershipChange.AddLearner(Member.of(THREE, "three:3", STORAGE)).applyTo(RaftHost.voters(2));
        assertThat(answers(new Self(THREE, STORAGE, false), named)).containsExactly(true, true);
    }

    @Test
    void whoIsNamedWithAnotherStorageDoesNotVote() {
        Membership named = new MembershipChange.AddLearner(Member.of(THREE, "three:3", new UUID(3, 4)))
                .applyTo(RaftHost.voters(2));
        assertThat(answers(new Self(THREE, STORAGE, false), named)).containsExactly(false, false);
    }
}
