package io.dengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.cli.Shell.Outcome;
import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.Election;
import io.dengine.config.PeerAddress;
import io.dengine.config.Security;
import io.dengine.config.Security.ApiTls;
import io.dengine.config.StateStore;
import io.dengine.raft.membership.NodeId;
import io.dengine.standalone.DEngineServer;
import io.dengine.standalone.ServerSettings;
import io.dengine.tls.PemFiles;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands as they are typed, to three nodes at their API ports, with TLS. */
@Timeout(60)
class RemoteCommandsTest {

    @TempDir
    static Path directory;

    private static final Shell SHELL = new Shell(RemoteSession::connect);
    private static final List<DEngineServer> SERVERS = new ArrayList<>();
    private static List<PeerAddress> free;

    @BeforeAll
    static void startThree() throws Exception {
        X509Bundle ca = new CertificateBuilder()
                .ecp256()
                .subject("CN=ca")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        Files.writeString(directory.resolve("ca.pem"), ca.getCertificatePEM());
        for (String name : List.of("node", "me")) {
            X509Bundle own = new CertificateBuilder()
                    .ecp256()
                    .subject("CN=" + name)
                    .addSanIpAddress("127.0.0.1")
                    .buildIssuedBy(ca);
            Files.writeString(directory.resolve(name + ".pem"), own.getCertificatePathPEM());
            Files.writeString(directory.resolve(name + ".key"), own.getPrivateKeyPEM());
        }
        free = freeAddresses(7);
        Map<NodeId, PeerAddress> members = new TreeMap<>();
        for (int id = 1; id <= 3; id++) {
            members.put(NodeId.of(id), free.get(id));
        }
        for (int id = 1; id <= 3; id++) {
            DEngineConfig config = DEngineConfig.member(id, Path.of("n" + id), "typed", members)
                    .withStateStore(StateStore.MEMORY)
                    .withDurability(Durability.MEMORY)
                    .with(Election.ofTimeout(Duration.ofMillis(500)))
                    .with(ApiSettings.at(free.get(3 + id)))
                    .with(new Security(
                            null, new ApiTls(PemFiles.open(file("node.pem"), file("node.key"), file("ca.pem")))));
            SERVERS.add(DEngineServer.start(new ServerSettings(config, Duration.ZERO, null, List.of())));
        }
        for (DEngineServer server : SERVERS) {
            server.engine().awaitReady(Duration.ofSeconds(30));
        }
    }

    @AfterAll
    static void stop() {
        SERVERS.forEach(DEngineServer::close);
    }

    private static List<PeerAddress> freeAddresses(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        List<PeerAddress> addresses = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ServerSocket socket = new ServerSocket(0);
            sockets.add(socket);
            addresses.add(new PeerAddress("127.0.0.1", socket.getLocalPort()));
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return addresses;
    }

    private static Path file(String name) {
        return directory.resolve(name);
    }

    private static String api(int id) {
        return free.get(3 + id).toString();
    }

    private static Outcome type(String... command) {
        List<String> line = new ArrayList<>(List.of(command));
        line.addAll(List.of("--endpoint", api(1), "--cacert", file("ca.pem").toString()));
        line.addAll(List.of(
                "--cert", file("me.pem").toString(), "--key", file("me.key").toString()));
        return SHELL.type(line.toArray(String[]::new));
    }

    private static String done(String... command) {
        Outcome outcome = type(command);
        assertThat(outcome).extracting(Outcome::code, Outcome::err).containsExactly(0, "");
        return outcome.out();
    }

    @Test
    void keysAreWrittenReadComparedScannedAndDeleted() {
        assertThat(type("get", "a/1")).isEqualTo(new Outcome(1, "no such key", ""));
        String revision = done("put", "a/1", "one").replaceAll("\\D", "");
        assertThat(done("get", "a/1")).isEqualTo("one");
        assertThat(type("cas", "a/1", "two", "--absent").code()).isEqualTo(1);
        done("cas", "a/1", "two", "--revision", revision);
        done("put", "a/2", "three", "--ttl", "1h");
        assertThat(done("scan", "a/")).isEqualTo("a/1\ttwo\na/2\tthree");
        assertThat(done("watch", "a/", "--prefix", "--from", revision, "--count", "3"))
                .startsWith("PUT\t" + revision + "\ta/1\tone\nPUT\t");
        done("del", "a/1");
        assertThat(type("del", "a/1").code()).isEqualTo(1);
    }

    @Test
    void theClusterIsShownAndLed() {
        assertThat(done("members").lines())
                .hasSize(3)
                .filteredOn(line -> line.endsWith("\tvoter\tleader"))
                .hasSize(1);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(done("members", "--json")).contains(api(1), api(2), api(3)));
        assertThat(done("status", "3")).startsWith("node       3 of the cluster 'typed'\nhealth     serving");
        int leader = Integer.parseInt(done("leader").replaceAll("\t.*", ""));
        int next = leader % 3 + 1;
        assertThat(done("transfer", String.valueOf(next))).isEqualTo("node " + next + " leads");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(done("leader")).startsWith(next + "\t"));
        assertThat(done("snapshot")).matches("a snapshot up to entry \\d+");
        assertThat(done("snapshot", "2")).matches("a snapshot up to entry \\d+");
        assertThat(type("promote", "9").code()).isIn(2, 3);
    }

    @Test
    void whoIsNotLetInIsToldWhyAndThatNothingHappened() {
        Outcome unseen = SHELL.type(
                "put",
                "k",
                "v",
                "-e",
                api(1),
                "--timeout",
                "2s",
                "--cacert",
                file("ca.pem").toString());
        assertThat(unseen.code()).isEqualTo(3);
        assertThat(unseen.err())
                .startsWith("dengine put: refused: ")
                .contains("wants a certificate of an authority that it trusts");
        Outcome plain = SHELL.type("put", "k", "v", "-e", api(1), "--timeout", "2s");
        assertThat(plain.code()).isEqualTo(3);
        assertThat(plain.err()).contains("may want TLS");
        Outcome nobody = SHELL.type("transfer", "-e", free.get(0).toString(), "--timeout", "2s", "--json");
        assertThat(nobody.code()).isEqualTo(3);
        assertThat(nobody.err()).startsWith("{").contains("\"unavailable\"");
    }

    @Test
    void halfOfTheTlsOptionsIsWrongUse() {
        assertThat(SHELL.type("get", "k", "--cert", "me.pem").err()).contains("give --cert and --key together");
        Outcome noTrust = SHELL.type("get", "k", "--cert", "me.pem", "--key", "me.key");
        assertThat(noTrust.err()).contains("give --cacert as well");
        assertThat(noTrust.code()).isEqualTo(2);
        Outcome noFile = SHELL.type("get", "k", "--cacert", "nowhere.pem");
        assertThat(noFile.code()).isEqualTo(2);
        assertThat(noFile.err()).contains("cannot read nowhere.pem");
    }
}
