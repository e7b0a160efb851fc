package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.PeerAddress;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.raft.message.VoteResponse;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.Consensus;
import io.dengine.transport.PeerMessage.ReadIndexRequest;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Node 3 was away, and still follows the membership of nodes 1 to 3, when nodes 4 and 5 come by, which are ahead of it. */
class GuideTest {

    private static final EntryId BEFORE = new EntryId(2, 50);
    private static final EntryId AFTER = new EntryId(3, 20);

    private final Map<NodeId, PeerAddress> addresses = TestNode.members(5);
    private final TestNode three = node(3, BEFORE, 1, 2, 3);
    private final TestNode four = node(4, AFTER, 3, 4, 5);
    private final TestNode five = node(5, BEFORE, 3, 4, 5);

    private TestNode node(int id, EntryId place, int... members) {
        Map<NodeId, PeerAddress> known = new TreeMap<>();
        IntStream.of(members).forEach(member -> known.put(NodeId.of(member), addresses.get(NodeId.of(member))));
        TestNode node = new TestNode(id, known);
        node.place = place;
        return node;
    }

    private static PeerMessage heartbeat(long round) {
        return new Consensus(new HeartbeatRequest(3, round, 0, 0));
    }

    @Test
    void requestsOfAGuideAreHeardAndNothingElse() {
        try (three;
                four;
                five) {
            three.start();
            four.start();
            five.start();
            four.awaitConnected(3);
            four.send(3, new Consensus(new VoteResponse(3, false, true)));
            four.send(3, new Consensus(AppendResponse.accepted(3, 50)));
            four.send(3, new Consensus(new HeartbeatResponse(3, 1)));
            four.send(3, new Consensus(new TimeoutNow(3)));
            four.send(3, new ReadIndexRequest(1));
            four.send(3, new PeerMessage.ReadIndexResponse(1, 9));
            four.send(3, new PeerMessage.StateHash(9, 9));
            assertThat(four.send(3, heartbeat(1))).isTrue();
            three.awaitHeard(4, heartbeat(1));
            assertThat(three.heard).containsExactly(new TestNode.Heard(four.id, heartbeat(1)));
            assertThat(three.seen).isEmpty();
        }
    }

    @Test
    void aGuideIsAnsweredAndAskedNothing() {
        PeerMessage answer = new Consensus(new HeartbeatResponse(3, 1));
        try (three;
                four) {
            three.start();
            four.start();
            three.awaitConnected(4);
            assertThat(three.send(4, answer)).isTrue();
            four.awaitHeard(3, answer);
            assertThat(three.send(4, new ReadIndexRequest(1))).isFalse();
            assertThat(three.send(4, heartbeat(1))).isFalse();
        }
    }

    @Test
    void aGuideThatIsAMemberNowIsAPeer() {
        PeerMessage vote = new Consensus(new VoteResponse(3, false, true));
        try (three;
                four) {
            three.start();
            four.start();
            three.awaitConnected(4);
            three.transport().follow(four.membership(), AFTER);
            TestNode.patiently().until(() -> {
                four.send(3, vote);
                return three.heard.contains(new TestNode.Heard(four.id, vote));
            });
            TestNode.patiently().until(() -> three.send(4, new ReadIndexRequest(7)));
            four.awaitHeard(3, new ReadIndexRequest(7));
        }
    }

    @Test
    void aStrangerThatIsNotAheadIsRefused() {
        try (three;
                five) {
            three.start();
            five.start();
            TestNode.patiently().until(() -> !five.refusals.isEmpty());
            assertThat(five.refusals.get(0)).contains("node 5 is not a member: node 3 knows the members [1, 2, 3]");
            assertThat(three.transport().connectedPeers()).isEmpty();
        }
    }

    @Test
    void aMemberWithAnotherStorageIsAtMostAGuide() {
        UUID another = new UUID(6, 6);
        TestNode two = node(2, AFTER, 2, 3);
        two.storageId = another;
        try (three;
                two) {
            three.startFollowing(three.membership()
                    .knowing(Member.of(two.id, two.address().toString(), TestNode.storageOf(two.id))));
            two.start();
            two.awaitConnected(3);
            two.send(3, new Consensus(new VoteResponse(3, false, true)));
            two.send(3, heartbeat(1));
            three.awaitHeard(2, heartbeat(1));
            assertThat(three.heard).containsExactly(new TestNode.Heard(two.id, heartbeat(1)));

            three.identityCheck = (peer, storage) -> true;
            Membership next =
                    three.membership().knowing(Member.of(two.id, two.address().toString(), another));
            three.transport().follow(next, AFTER);
            TestNode.patiently().until(() -> three.disconnects.contains(two.id));
        }
    }

    @Test
    void aGuideThatIsNoLongerAheadIsLeft() {
        try (three;
                four) {
            three.start();
            four.start();
            three.awaitConnected(4);
            four.awaitConnected(3);
            three.transport().follow(three.membership(), AFTER);
            TestNode.patiently().until(() -> !four.refusals.isEmpty());
            assertThat(three.transport().connectedPeers()).isEmpty();
        }
    }
}
