package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.PeerAddress;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.Consensus;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FollowTest {

    private static final PeerMessage MESSAGE = new Consensus(new TimeoutNow(5));

    private final Map<NodeId, PeerAddress> members = TestNode.members(3);
    private final TestNode one = new TestNode(1, members);
    private final TestNode two = new TestNode(2, members);
    private final TestNode three = new TestNode(3, members);

    @Test
    void anAddedMemberIsConnectedAndARemovedOneIsToldThatItIsNone() {
        try (one;
                two;
                three) {
            Membership all = one.membership();
            one.peers.remove(three.id);
            two.peers.remove(three.id);
            one.start();
            two.start();
            three.start();
            one.awaitConnected(2);
            TestNode.patiently().until(() -> !three.refusals.isEmpty());
            assertThat(three.refusals.get(0)).contains("node 3 is not a member").contains("[1, 2]");
            assertThat(three.heard).isEmpty();

            one.transport().follow(all, EntryId.ZERO);
            two.transport().follow(all, EntryId.ZERO);
            one.awaitConnected(2, 3);
            three.awaitConnected(1, 2);
            assertThat(one.send(3, MESSAGE)).isTrue();
            three.awaitHeard(1, MESSAGE);

            three.refusals.clear();
            one.transport().follow(one.membership(), EntryId.ZERO);
            TestNode.patiently().until(() -> one.disconnects.contains(three.id) && three.disconnects.contains(one.id));
            TestNode.patiently()
                    .until(() -> three.refusals.stream()
                            .anyMatch(text ->
                                    text.startsWith("1: node 3 is not a member: node 1 knows the members [1, 2]")));
            assertThat(one.send(3, MESSAGE)).isFalse();
            assertThat(one.transport().connectedPeers()).containsExactly(two.id);
            assertThat(three.send(2, MESSAGE)).as("node 2 still knows it").isTrue();
        }
    }

    @Test
    void aRefusalOfIdentityIsReportedOnceASecond() {
        one.peers.remove(two.id);
        try (one;
                two) {
            one.start();
            two.start();
            TestNode.patiently().until(() -> !two.refusals.isEmpty());
            long begin = System.nanoTime();
            TestNode.patiently().until(() -> two.refusals.size() >= 3);
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(1500));
        }
    }

    @Test
    void aMemberThatTheMembershipMovesIsDialledThere() {
        PeerAddress elsewhere = TestNode.freeAddress();
        try (one;
                two) {
            one.start();
            two.start();
            one.awaitConnected(2);
            two.close();
            TestNode moved = two.movedTo(elsewhere);
            moved.peers.clear(); // it dials nobody, so that only the membership tells where it is
            try (moved) {
                moved.start()
                        .transport()
                        .follow(new Membership(Set.of(one.id, two.id), Set.of(), Set.of()), EntryId.ZERO);
                one.transport()
                        .follow(one.membership().knowing(Member.of(two.id, elsewhere.toString(), null)), EntryId.ZERO);
                one.awaitConnected(2);
                assertThat(one.send(2, MESSAGE)).isTrue();
                moved.awaitHeard(1, MESSAGE);
            }
        }
    }

    @Test
    void aPeerThatMovedIsFollowedByItsOwnWord() {
        PeerAddress elsewhere = TestNode.freeAddress();
        try (one;
                two) {
            one.start();
            two.start();
            one.awaitConnected(2);
            two.close();
            TestNode moved = two.movedTo(elsewhere);
            moved.apiAddress = TestNode.freeAddress();
            try (moved) {
                moved.start();
                TestNode.patiently().until(() -> {
                    one.send(2, MESSAGE);
                    return !moved.heard.isEmpty();
                });
                assertThat(one.seen)
                        .contains(Member.of(two.id, elsewhere.toString(), two.storageId)
                                .withApiAddress(moved.apiAddress.toString()));
            }
        }
    }

    @Test
    void aFallbackAddressIsTriedWhereTheMembershipsDoesNotAnswer() {
        one.fallbacks = Map.of(two.id, two.address());
        one.peers.put(two.id, TestNode.freeAddress());
        two.peers.put(one.id, TestNode.freeAddress()); // it never reaches node 1, nor says where it is
        try (one;
                two) {
            one.start();
            two.start();
            one.awaitConnected(2);
            assertThat(one.send(2, MESSAGE)).isTrue();
            two.awaitHeard(1, MESSAGE);
        }
    }

    @Test
    void whileJoiningWhoeverDialsIsAPeerWhereItSaysItIs() {
        three.joining = true;
        TestNode stranger = new TestNode(9, Map.of(NodeId.of(9), TestNode.freeAddress(), three.id, three.address()));
        stranger.clusterId = new UUID(6, 6);
        try (one;
                three;
                stranger) {
            three.start();
            assertThat(three.transport().connectedPeers()).isEmpty();
            stranger.start();
            one.start();
            one.awaitConnected(3);
            three.awaitConnected(1);
            assertThat(three.send(1, MESSAGE)).isTrue();
            one.awaitHeard(3, MESSAGE);
            assertThat(three.seen).contains(Member.of(one.id, one.address().toString(), one.storageId));
            assertThat(three.transport().connectedPeers()).containsExactly(one.id);

            three.transport().follow(three.membership(), EntryId.ZERO);
            TestNode.patiently()
                    .during(Duration.ofMillis(300))
                    .until(() -> three.transport().connectedPeers().equals(Set.of(one.id)));
            assertThat(three.disconnects)
                    .as("a peer that stays keeps its connections")
                    .isEmpty();
        }
    }

    @Test
    void aNodeThatMustJoinAnewHearsFromThoseThatDialItAgain() {
        try (one;
                two) {
            one.start();
            two.start();
            two.awaitConnected(1);
            one.awaitConnected(2);

            two.transport().follow(Membership.NONE, EntryId.ZERO);
            TestNode.patiently().until(() -> two.disconnects.contains(one.id));
            two.awaitConnected(1);
            one.awaitConnected(2);
        }
    }

    @Test
    void connectionsOfAStorageThatTheMembershipNoLongerKnowsClose() {
        UUID another = new UUID(6, 6);
        try (one;
                two) {
            one.start();
            two.start();
            one.awaitConnected(2);
            two.awaitConnected(1);

            one.transport()
                    .follow(
                            one.membership()
                                    .knowing(Member.of(two.id, two.address().toString(), another)),
                            EntryId.ZERO);
            TestNode.patiently().until(() -> one.disconnects.size() >= 2 && !two.refusals.isEmpty());
            assertThat(two.refusals.get(0)).contains("node 2 comes with storage id " + two.storageId);
            assertThat(one.send(2, MESSAGE)).isFalse();
        }
    }

    @Test
    void aPeerThatIsAsTheMembershipSaysIsNoNews() {
        try (one;
                two) {
            two.start();
            one.startFollowing(
                    one.membership().knowing(Member.of(two.id, two.address().toString(), two.storageId)));
            one.awaitConnected(2);
            two.awaitConnected(1);
            TestNode.patiently().until(() -> !two.seen.isEmpty());
            assertThat(two.seen).allMatch(Member.of(one.id, one.address().toString(), one.storageId)::equals);
            assertThat(one.seen).isEmpty();
        }
    }
}
