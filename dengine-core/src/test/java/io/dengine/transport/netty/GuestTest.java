package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.transport.PeerMessage.Consensus;
import io.dengine.transport.PeerTransport.JoinAnswer;
import io.dengine.transport.PeerTransport.JoinAnswer.Outcome;
import io.dengine.transport.PeerTransport.JoinRequest;
import io.dengine.transport.PeerTransport.Sighting;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Node 7 is no member of node 1's cluster, and asks. */
class GuestTest {

    private final TestNode host = new TestNode(1, TestNode.members(1));
    private final PeerAddress guestAddress = TestNode.freeAddress();
    private final TestNode guest = new TestNode(7, Map.of(NodeId.of(7), guestAddress));
    private final JoinRequest request = new JoinRequest(Member.of(guest.id, guestAddress.toString(), guest.storageId)
            .withReadOnly(true)
            .withReplaces(host.id));
    private final BlockingQueue<JoinAnswer> answers = new LinkedBlockingQueue<>();
    private final BlockingQueue<Sighting> sightings = new LinkedBlockingQueue<>();

    @BeforeEach
    void prepare() {
        guest.joining = true;
        host.connectTimeout = Duration.ofMillis(700);
        guest.connectTimeout = Duration.ofMillis(700);
    }

    @AfterEach
    void stop() {
        guest.close();
        host.close();
    }

    private JoinAnswer join(PeerAddress seed) throws InterruptedException {
        guest.transport().join(seed, request, answers::add);
        JoinAnswer answer = answers.poll(TestNode.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(answer).isNotNull();
        return answer;
    }

    private Sighting probe(PeerAddress address) throws InterruptedException {
        guest.transport().probe(address, sightings::add);
        Sighting sighting = sightings.poll(TestNode.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(sighting).isNotNull();
        return sighting;
    }

    @Test
    void theHostHearsTheRequestAndTheFirstAnswerComesBack() throws Exception {
        JoinAnswer joined = new JoinAnswer(Outcome.JOINED, "", host.membership());
        List<JoinRequest> requests = new ArrayList<>();
        host.onJoin = (asked, answer) -> {
            requests.add(asked);
            Thread decider = new Thread(() -> {
                answer.accept(joined);
                answer.accept(new JoinAnswer(Outcome.REFUSED, "too late", Membership.NONE));
            });
            decider.start();
        };
        host.start();
        guest.start();
        assertThat(join(host.address())).isEqualTo(joined);
        assertThat(requests).containsExactly(request);
        assertThat(host.transport().connectedPeers()).isEmpty();
        assertThat(host.seen).isEmpty();
        assertThat(answers).isEmpty();
    }

    @Test
    void aHostThatDoesNotDecideMeansRetry() throws Exception {
        List<Consumer<JoinAnswer>> forgotten = new ArrayList<>();
        host.onJoin = (asked, answer) -> forgotten.add(answer);
        host.patience = new Patience(Duration.ofSeconds(30), Duration.ofMillis(300));
        host.idleTimeout = Duration.ofMillis(250);
        host.start();
        guest.idleTimeout = Duration.ofMillis(250);
        guest.start();
        JoinAnswer answer = join(host.address());
        assertThat(answer.outcome()).isEqualTo(Outcome.RETRY);
        assertThat(answer.text()).isEqualTo("node 1 did not decide within 300 ms");
        forgotten.get(0).accept(new JoinAnswer(Outcome.JOINED, "", host.membership()));
        assertThat(answers.poll(100, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void nobodyThereMeansRetry() throws Exception {
        guest.start();
        PeerAddress nowhere = TestNode.freeAddress();
        JoinAnswer answer = join(nowhere);
        assertThat(answer.outcome()).isEqualTo(Outcome.RETRY);
        assertThat(answer.text()).startsWith("cannot reach " + nowhere);
        assertThat(answer.membership()).isEqualTo(Membership.NONE);
    }

    @Test
    void aHostThatSaysNothingMeansRetry() throws Exception {
        guest.start();
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            JoinAnswer answer = join(new PeerAddress("localhost", silent.getLocalPort()));
            assertThat(answer.outcome()).isEqualTo(Outcome.RETRY);
            assertThat(answer.text()).contains("no handshake within 700 ms");
        }
    }

    @Test
    void anotherClusterRefuses() throws Exception {
        host.clusterId = new UUID(6, 6);
        host.start();
        guest.start();
        JoinAnswer answer = join(host.address());
        assertThat(answer.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(answer.text()).contains("node 1 is in the cluster with id " + host.clusterId);
        Sighting sighting = probe(host.address());
        assertThat(sighting.member()).isNull();
        assertThat(sighting.problem())
                .startsWith("the node at " + host.address() + " belongs to another cluster: node 1 is in");
    }

    @Test
    void aProbeLearnsWhoIsThere() throws Exception {
        host.advertised = new PeerAddress("one.example", 7401);
        host.start();
        guest.start();
        assertThat(probe(host.address()))
                .isEqualTo(new Sighting(Member.of(host.id, "one.example:7401", host.storageId), ""));
        assertThat(host.seen).isEmpty();
    }

    @Test
    void aProbeSaysWhatItFoundInstead() throws Exception {
        guest.start();
        PeerAddress nowhere = TestNode.freeAddress();
        assertThat(probe(nowhere).problem()).startsWith("cannot reach " + nowhere);
        assertThat(probe(new PeerAddress("no-such-host.invalid", 7401)).problem())
                .isEqualTo("cannot reach no-such-host.invalid:7401: unknown host no-such-host.invalid");
        assertThat(probe(guestAddress).problem()).isEqualTo(guestAddress + " is this node itself");
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            PeerAddress newer = new PeerAddress("127.0.0.1", server.getLocalPort());
            guest.transport().probe(newer, sightings::add);
            try (RawPeer future = new RawPeer(server.accept())) {
                future.expect(FrameType.HELLO);
                future.send(new Refusal(Refusal.Reason.VERSION, "node 4 speaks protocol version 3")::writeTo);
                Sighting sighting = sightings.poll(TestNode.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
                assertThat(sighting)
                        .isEqualTo(new Sighting(
                                null,
                                "the node at " + newer + " runs another version: node 4 speaks protocol version 3"));
            }
        }
    }

    @Test
    void aTransportThatDoesNotRunAnswersAtOnce() {
        guest.start().close();
        guest.transport().join(host.address(), request, answers::add);
        guest.transport().probe(host.address(), sightings::add);
        assertThat(answers).singleElement().extracting(JoinAnswer::outcome).isEqualTo(Outcome.RETRY);
        assertThat(sightings).singleElement().extracting(Sighting::member).isNull();
    }

    @Test
    void aGuestMayDoNothingElse() throws Exception {
        host.start();
        try (RawPeer peer = rawGuest()) {
            peer.send(new Consensus(new TimeoutNow(4)));
            assertThat(peer.awaitClosed()).isTrue();
        }
        try (RawPeer inAnothersName = rawGuest()) {
            inAnothersName.send(out -> ClusterCodec.write(new JoinRequest(Member.unknown(NodeId.of(8))), out));
            assertThat(inAnothersName.awaitClosed()).isTrue();
        }
        try (RawPeer silent = rawGuest()) {
            assertThat(silent.awaitClosed()).as("nobody stays for nothing").isTrue();
        }
        assertThat(host.heard).isEmpty();
    }

    @Test
    void thereAreSixteenGuestsAtMost() throws Exception {
        host.connectTimeout = TestNode.PATIENCE;
        host.start();
        guest.start();
        List<RawPeer> guests = new ArrayList<>();
        try {
            for (int i = 0; i < Inbound.MAX_GUESTS; i++) {
                guests.add(rawGuest());
            }
            JoinAnswer answer = join(host.address());
            assertThat(answer.outcome()).isEqualTo(Outcome.RETRY);
            assertThat(answer.text()).isEqualTo("node 1 has 16 nodes asking already");
        } finally {
            for (RawPeer one : guests) {
                one.close();
            }
        }
        TestNode.patiently().until(() -> probe(host.address()).member() != null);
    }

    private RawPeer rawGuest() throws Exception {
        RawPeer peer = RawPeer.dial(host.address());
        peer.send(RawPeer.helloOf(7, 0, Hello.Purpose.GUEST)::writeTo);
        peer.expect(FrameType.HELLO);
        return peer;
    }
}
