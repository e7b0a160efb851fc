package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.transport.PeerMessage.Consensus;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HandshakeTest {

    private final Map<NodeId, PeerAddress> members = TestNode.members(2);
    private final TestNode one = new TestNode(1, members);
    private final TestNode two = new TestNode(2, members);

    @Test
    void anotherClusterIsRefused() {
        two.clusterId = new UUID(6, 6);
        assertBothSay(
                "node 1 is in the cluster with id " + TestNode.CLUSTER, "node 2 in the one with id " + two.clusterId);
    }

    @Test
    void changedStorageIsRefused() {
        two.storageId = new UUID(6, 6);
        assertBothSay("node 2 comes with storage id " + two.storageId, "not the one node 1 knows it by");
    }

    /** Node 2 knows node 1, node 1 does not know node 2 and so dials nobody. */
    @Test
    void aStrangerIsRefused() {
        one.peers.clear();
        one.peers.put(NodeId.of(5), TestNode.freeAddress());
        assertBothSay("node 2 is not a member: node 1 knows the members [1, 5]");
    }

    /** Node 3 listens where node 2 dials node 1. */
    @Test
    void aWrongAddressIsRefused() {
        Map<NodeId, PeerAddress> swapped = new TreeMap<>(members);
        swapped.put(NodeId.of(3), members.get(NodeId.of(1)));
        swapped.remove(NodeId.of(1));
        TestNode three = new TestNode(3, swapped);
        assertBothSay(three, "node 2 looks for node 1 at the address of node 3");
    }

    @Test
    void anotherProtocolVersionIsRefused() throws Exception {
        try (CapturedLog log = new CapturedLog();
                one;
                RawPeer future = RawPeer.dial(one.start().address())) {
            Hello ours = RawPeer.helloOf(2, 1, Hello.Purpose.MESSAGES);
            future.send(new Hello(
                    3,
                    ours.clusterId(),
                    ours.nodeId(),
                    ours.storageId(),
                    ours.targetId(),
                    ours.purpose(),
                    ours.place(),
                    ours.address(),
                    ours.apiAddress())::writeTo);
            Refusal refusal = Refusal.read(future.expect(FrameType.REFUSED).body());
            assertThat(refusal.reason()).isEqualTo(Refusal.Reason.VERSION);
            assertThat(refusal.text()).contains("protocol version 2").contains("the other side 3");
            assertThat(future.awaitClosed()).isTrue();
            assertThat(log.of(one)).singleElement().asString().contains("protocol version");
        }
    }

    private void assertBothSay(String... texts) {
        assertBothSay(one, texts);
    }

    /** Redials go on, so the same refusal happens again and again: it is told once, or once for each direction. */
    private void assertBothSay(TestNode acceptor, String... texts) {
        try (CapturedLog log = new CapturedLog();
                acceptor;
                two) {
            acceptor.start();
            two.start();
            for (TestNode node : new TestNode[] {acceptor, two}) {
                TestNode.patiently()
                        .untilAsserted(() -> assertThat(log.of(node))
                                .anySatisfy(line -> assertThat(line).contains(texts)));
            }
            TestNode.patiently().during(Duration.ofMillis(700)).untilAsserted(() -> {
                assertThat(log.of(acceptor)).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(2);
                assertThat(log.of(two)).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(2);
                assertThat(two.send(acceptor.id.value(), new Consensus(new TimeoutNow(1))))
                        .isFalse();
                assertThat(acceptor.heard).isEmpty();
                assertThat(two.heard).isEmpty();
            });
        }
    }
}
