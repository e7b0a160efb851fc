package io.dengine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.dengine.api.ByteSequence;
import io.dengine.api.ReadConsistency;
import io.dengine.config.DEngineConfig;
import io.dengine.config.InvalidConfigException;
import io.dengine.config.PeerAddress;
import io.dengine.config.Peering;
import io.dengine.config.Security;
import io.dengine.config.Security.ApiTls;
import io.dengine.config.Security.PeerTls;
import io.dengine.raft.membership.NodeId;
import io.dengine.tls.PemFiles;
import io.dengine.tls.TestCa;
import io.dengine.tls.TestCa.PemPaths;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A cluster whose members speak TLS with each other. */
@Timeout(120)
class TlsClusterTest {

    private static final TestCa CA = new TestCa("cluster-ca");
    private static final TestCa NEXT = new TestCa("next-ca");

    @TempDir
    Path directory;

    private PemPaths write(NodeId id, TestCa issuer, TestCa... trusted) {
        return TestCa.write(directory.resolve("tls-" + id), issuer.issue("node-" + id), trusted);
    }

    private DEngineConfig secured(DEngineConfig config) {
        PemPaths paths = write(config.nodeId(), CA, CA);
        return config.with(new Security(new PeerTls(paths.open()), null));
    }

    private PemFiles reopened(NodeId id) {
        Path files = directory.resolve("tls-" + id);
        return PemFiles.open(files.resolve("cert.pem"), files.resolve("key.pem"), files.resolve("ca.pem"));
    }

    private static void assertServes(LocalCluster cluster, String value) {
        for (DEngine writer : cluster.engines.values()) {
            ByteSequence key = ByteSequence.of("by-" + writer.nodeId());
            writer.client().blocking().put(key, ByteSequence.of(value));
            for (DEngine reader : cluster.engines.values()) {
                assertThat(reader.client()
                                .blocking()
                                .get(key, ReadConsistency.LINEARIZABLE)
                                .entry()
                                .value())
                        .isEqualTo(ByteSequence.of(value));
            }
        }
    }

    @Test
    void aClusterServesAndChangesItsLeader() throws IOException {
        try (LocalCluster cluster = new LocalCluster(directory, this::secured)) {
            assertServes(cluster, "a");
            NodeId leader = cluster.leader().nodeId();
            cluster.stop(leader);
            assertServes(cluster, "b");
            cluster.start(leader).awaitReady(LocalCluster.PATIENCE);
            assertServes(cluster, "c");
        }
    }

    /** Trust both authorities, then show certificates of the new one, then trust that alone; no node is restarted for it. */
    @Test
    void theAuthorityIsReplacedWhileTheClusterServes() throws IOException {
        List<NodeId> ids = List.of(NodeId.of(1), NodeId.of(2), NodeId.of(3));
        try (LocalCluster cluster = new LocalCluster(directory, this::secured)) {
            ids.forEach(id -> write(id, CA, CA, NEXT));
            assertServes(cluster, "a");
            ids.forEach(id -> write(id, NEXT, CA, NEXT));
            assertServes(cluster, "b");
            ids.forEach(id -> write(id, NEXT, NEXT));
            assertServes(cluster, "c");
            // Only now is anybody dialled anew: a node that knows the new authority alone meets the others.
            DEngine follower = cluster.follower();
            cluster.stop(follower.nodeId());
            DEngine back =
                    DEngine.start(follower.config().with(new Security(new PeerTls(reopened(follower.nodeId())), null)));
            cluster.engines.put(back.nodeId(), back);
            back.awaitReady(LocalCluster.PATIENCE);
            assertServes(cluster, "d");
        }
    }

    @Test
    void aPlaintextPortThatOthersReachIsWarnedOf() {
        int port = FreePorts.next();
        Logger logger = (Logger) LoggerFactory.getLogger(NodeAssembly.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try {
            startAlone(new PeerAddress("0.0.0.0", port));
            assertThat(lines.list)
                    .singleElement()
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .asString()
                    .contains("the peer port 0.0.0.0:" + port + " speaks plaintext");
            lines.list.clear();
            startAlone(new PeerAddress("localhost", port));
            assertThat(lines.list).isEmpty();
        } finally {
            logger.detachAppender(lines);
        }
    }

    private void startAlone(PeerAddress bind) {
        PeerAddress address = new PeerAddress("127.0.0.1", bind.port());
        Peering peering = new Peering(address, bind, List.of(), false, null);
        DEngine.start(DEngineConfig.embedded(directory.resolve("alone")).with(peering))
                .close();
    }

    @Test
    void tlsThatCannotWorkIsRefused() {
        PemPaths paths = write(NodeId.of(1), CA, CA);
        PemFiles noTrust = PemFiles.open(paths.chain(), paths.key(), null);
        assertThatThrownBy(() -> new PeerTls(noTrust))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("cluster.ssl: it trusts no certificate authority");
        assertThatThrownBy(() -> new PeerTls(PemFiles.trusting(paths.trusted())))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("cluster.ssl: it has no certificate");
        assertThatThrownBy(() -> new ApiTls(noTrust)).isInstanceOf(InvalidConfigException.class);
        assertThat(new ApiTls(noTrust, false).requireClientCertificate()).isFalse();
    }
}
