package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.dengine.api.ByteSequence;
import io.dengine.config.PeerAddress;
import io.dengine.config.Security.PeerTls;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.tls.TestCa;
import io.dengine.tls.TestCa.PemPaths;
import io.dengine.tls.TlsMaterial;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.Consensus;
import io.dengine.transport.PeerTransport;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TlsTest {

    private static final TestCa CA = new TestCa("cluster-ca");
    private static final TestCa OTHER = new TestCa("other-ca");
    private static final PeerMessage MESSAGE = new Consensus(new TimeoutNow(9));

    @TempDir
    Path directory;

    private final Map<NodeId, PeerAddress> members = TestNode.members(2);
    private final TestNode one = new TestNode(1, members);
    private final TestNode two = new TestNode(2, members);

    private PemPaths write(TestNode node, X509Bundle own, TestCa... trusted) {
        return TestCa.write(directory.resolve("n" + node.id), own, trusted);
    }

    private void secure(TestNode node, X509Bundle own, TestCa... trusted) {
        node.tls = new PeerTls(write(node, own, trusted).open());
    }

    private void assertTalk() {
        one.start();
        two.start();
        one.awaitConnected(2);
        two.awaitConnected(1);
        one.send(2, MESSAGE);
        two.send(1, MESSAGE);
        one.awaitHeard(2, MESSAGE);
        two.awaitHeard(1, MESSAGE);
    }

    @Test
    void peersWithCertificatesOfOneAuthorityTalk() {
        secure(one, CA.issue("one"), CA);
        secure(two, CA.issue("two"), CA);
        try (one;
                two) {
            assertTalk();
        }
    }

    @Test
    void theBulkLaneAndGuestsAreOnTlsToo() throws Exception {
        secure(one, CA.issue("one"), CA);
        secure(two, CA.issue("two"), CA);
        try (one;
                two) {
            assertTalk();
            PeerMessage chunk = new PeerMessage.Chunk(
                    new UUID(3, 3), 0, 0, ByteSequence.wrap(new byte[TestNode.LARGE_CHUNK_BYTES]), 0);
            TestNode.patiently().until(() -> {
                one.send(2, chunk);
                return two.largeChunkBytes.get() > 0;
            });
            CompletableFuture<PeerTransport.Sighting> sighting = new CompletableFuture<>();
            one.transport().probe(two.address(), sighting::complete);
            assertThat(sighting.get(10, TimeUnit.SECONDS).member().id()).isEqualTo(two.id);
        }
    }

    @Test
    void aCertificateOfAnotherAuthorityIsRefused() {
        secure(one, CA.issue("one"), CA);
        secure(two, OTHER.issue("two"), CA, OTHER);
        assertRefused(
                "'CN=two', issued by 'CN=other-ca'",
                "goes back to no certificate authority that is trusted here",
                "does not accept this side's certificate 'CN=two', issued by 'CN=other-ca'");
    }

    @Test
    void anExpiredCertificateIsRefused() {
        secure(one, CA.issue("one"), CA);
        secure(two, CA.issueExpired("two"), CA);
        assertRefused("'CN=two'", "has expired", "does not accept this side's certificate 'CN=two'");
    }

    /** {@code two} is in the wrong, whichever of them dials. */
    private void assertRefused(String whose, String oneSays, String twoSays) {
        assertLines(
                new String[] {"no connection to peer 2", whose, oneSays},
                new String[] {"refused a connection from 127.0.0.1", whose, oneSays},
                new String[] {"no connection to peer 1", twoSays},
                new String[] {"refused a connection from 127.0.0.1", twoSays});
    }

    @Test
    void plaintextAndTlsRefuseEachOther() {
        secure(one, CA.issue("one"), CA);
        assertLines(
                new String[] {"no connection to peer 2", "the other side does not speak TLS"},
                new String[] {"refused a connection of node 2", "node 1 speaks TLS", "the other side plaintext"},
                new String[] {"no connection to peer 1", "node 1 speaks TLS", "the other side plaintext"},
                new String[] {"refused a connection from 127.0.0.1", "node 2 speaks plaintext", "the other side TLS"});
    }

    /** Each says one line where it dials and one where it accepts, however often they try again. */
    private void assertLines(String[] oneDials, String[] oneAccepts, String[] twoDials, String[] twoAccepts) {
        try (CapturedLog log = new CapturedLog();
                one;
                two) {
            one.start();
            two.start();
            TestNode.patiently().untilAsserted(() -> {
                assertThat(log.of(one)).anySatisfy(line -> assertThat(line).contains(oneDials));
                assertThat(log.of(one)).anySatisfy(line -> assertThat(line).contains(oneAccepts));
                assertThat(log.of(two)).anySatisfy(line -> assertThat(line).contains(twoDials));
                assertThat(log.of(two)).anySatisfy(line -> assertThat(line).contains(twoAccepts));
            });
            TestNode.patiently().during(Duration.ofMillis(1200)).untilAsserted(() -> {
                assertThat(log.of(one)).hasSize(2);
                assertThat(log.of(two)).hasSize(2);
                assertThat(one.transport().connectedPeers()).isEmpty();
                assertThat(two.transport().connectedPeers()).isEmpty();
            });
            assertThat(one.heard).isEmpty();
            assertThat(two.heard).isEmpty();
        }
    }

    @Test
    void aGuestThatSpeaksPlaintextIsToldSo() throws Exception {
        secure(one, CA.issue("one"), CA);
        try (one;
                two) {
            one.start();
            two.start();
            CompletableFuture<PeerTransport.Sighting> sighting = new CompletableFuture<>();
            two.transport().probe(one.address(), sighting::complete);
            assertThat(sighting.get(10, TimeUnit.SECONDS).problem()).contains("node 1 speaks TLS on its peer port");
        }
    }

    @Test
    void whoShowsNoCertificateIsRefused() throws Exception {
        secure(one, CA.issue("one"), CA);
        try (CapturedLog log = new CapturedLog();
                one) {
            one.start();
            SSLContext context = SSLContext.getInstance("TLS");
            TlsMaterial trust = TestCa.write(directory.resolve("guest"), CA.issue("x"), CA)
                    .open()
                    .current();
            context.init(new KeyManager[0], new TrustManager[] {trust.trustManager()}, new SecureRandom());
            try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
                    .createSocket("127.0.0.1", one.address().port())) {
                socket.setSoTimeout((int) TestNode.PATIENCE.toMillis());
                Throwable end = catchThrowable(() -> socket.getInputStream().read());
                assertThat(end).isInstanceOf(IOException.class);
            }
            TestNode.patiently()
                    .untilAsserted(() -> assertThat(log.of(one))
                            .singleElement()
                            .asString()
                            .contains("refused a connection from 127.0.0.1", "the other side shows no certificate"));
        }
    }

    @Test
    void aCertificateForAnotherHostIsRefusedUnlessHostsAreNotVerified() {
        secure(one, CA.issue("one"), CA);
        secure(two, CA.issueFor("two", "10.0.0.9"), CA);
        try (CapturedLog log = new CapturedLog();
                two) {
            try (one) {
                one.start();
                two.start();
                TestNode.patiently()
                        .untilAsserted(() -> assertThat(log.of(one))
                                .anySatisfy(line -> assertThat(line)
                                        .contains("connection to peer 2", "is not for the host that was dialled")));
                assertThat(one.transport().connectedPeers()).isEmpty();
            }
            try (TestNode lenient = new TestNode(1, members)) {
                lenient.tls = new PeerTls(one.tls.source(), false);
                lenient.start();
                lenient.awaitConnected(2);
            }
        }
    }

    /** Connections that stand go on; those made afterwards use the new certificates, and an authority may go. */
    @Test
    void newConnectionsUseNewFiles() throws Exception {
        secure(one, CA.issue("one"), CA);
        secure(two, CA.issue("two"), CA);
        try (CapturedLog log = new CapturedLog();
                one;
                two) {
            assertTalk();
            write(one, OTHER.issue("one-new"), OTHER);
            one.send(2, MESSAGE);
            TestNode.patiently().until(() -> two.heard.size() == 2);
            assertThat(log.of(one)).isEmpty();

            two.close();
            TestNode again = new TestNode(2, members);
            again.tls = two.tls;
            try (again) {
                again.start();
                TestNode.patiently()
                        .untilAsserted(() -> assertThat(log.of(again))
                                .anySatisfy(line -> assertThat(line)
                                        .contains("'CN=one-new', issued by 'CN=other-ca'", "trusted here")));
                assertThat(again.transport().connectedPeers()).isEmpty();
                write(again, OTHER.issue("two-new"), OTHER);
                one.awaitConnected(2);
                again.awaitConnected(1);
            }
        }
    }

    @Test
    void aSilentPeerIsNoticedAsInPlaintext() throws Exception {
        secure(one, CA.issue("one"), CA);
        secure(two, CA.issue("two"), CA);
        try (CuttableProxy toTwo = new CuttableProxy(two.address());
                CuttableProxy toOne = new CuttableProxy(one.address());
                one;
                two) {
            one.advertised = toOne.address();
            two.advertised = toTwo.address();
            one.peers.put(two.id, toTwo.address());
            two.peers.put(one.id, toOne.address());
            one.idleTimeout = Duration.ofMillis(500);
            two.idleTimeout = Duration.ofMillis(500);
            one.start();
            two.start();
            one.awaitConnected(2);
            two.awaitConnected(1);
            long start = System.nanoTime();
            toTwo.cut();
            toOne.cut();
            TestNode.patiently().until(() -> one.transport().connectedPeers().isEmpty());
            assertThat(System.nanoTime() - start)
                    .isLessThan(Duration.ofSeconds(2).toNanos());
            toTwo.heal();
            toOne.heal();
            one.awaitConnected(2);
            two.awaitConnected(1);
        }
    }
}
