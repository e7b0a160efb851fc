package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.Consensus;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SilentCutTest {

    @Test
    void messagesFlowSoonAfterASilentCutEnds() throws Exception {
        Map<NodeId, PeerAddress> members = TestNode.members(2);
        TestNode one = new TestNode(1, members);
        TestNode two = new TestNode(2, members);
        try (CuttableProxy toTwo = new CuttableProxy(two.address());
                CuttableProxy toOne = new CuttableProxy(one.address());
                one;
                two) {
            one.advertised = toOne.address();
            two.advertised = toTwo.address();
            one.peers.put(two.id, toTwo.address());
            two.peers.put(one.id, toOne.address());
            for (TestNode node : new TestNode[] {one, two}) {
                node.connectTimeout = Duration.ofMillis(500);
                node.idleTimeout = Duration.ofMillis(500);
                node.start();
            }
            one.awaitConnected(2);
            two.awaitConnected(1);

            toTwo.cut();
            toOne.cut();
            int before = toTwo.accepted.get();
            TestNode.patiently().until(() -> one.disconnects.contains(two.id) && two.disconnects.contains(one.id));
            TestNode.patiently().until(() -> one.transport().connectedPeers().isEmpty());
            TestNode.patiently().until(() -> toTwo.accepted.get() >= before + 3);

            long healed = System.nanoTime();
            toTwo.heal();
            toOne.heal();
            PeerMessage message = new Consensus(new TimeoutNow(9));
            TestNode.patiently().until(() -> {
                one.send(2, message);
                two.send(1, message);
                return !one.heard.isEmpty() && !two.heard.isEmpty();
            });
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - healed);
            LoggerFactory.getLogger(SilentCutTest.class).info("healed after {} ms", millis);
            assertThat(millis).isLessThan(3_000);
        }
    }
}
