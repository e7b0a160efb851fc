package io.dengine.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.Election;
import io.dengine.config.InvalidConfigException;
import io.dengine.config.Limits;
import io.dengine.config.LogSettings;
import io.dengine.config.PeerAddress;
import io.dengine.config.Peering;
import io.dengine.config.Security;
import io.dengine.config.SnapshotSettings;
import io.dengine.config.StateStore;
import io.dengine.config.StorageSettings;
import io.dengine.config.WatchSettings;
import io.dengine.raft.membership.NodeId;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {

    @TempDir
    Path directory;

    private ServerSettings read(String yaml, Map<String, String> environment) throws IOException {
        return SettingsReader.read(Files.writeString(directory.resolve("x.yml"), yaml), environment);
    }

    private InvalidConfigException refused(String yaml) {
        return catchThrowableOfType(InvalidConfigException.class, () -> read(yaml, Map.of()));
    }

    @Test
    void nothingSetIsTheEnginesOwnDefault() throws IOException {
        ServerSettings settings = SettingsReader.read(null, Map.of("PATH", "/bin"));
        assertThat(settings.config()).isEqualTo(DEngineConfig.embedded(Path.of("./data/dengine")));
        assertThat(settings.startTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.warnings()).isEmpty();
        assertThat(read("# nothing\n", Map.of()).config()).isEqualTo(settings.config());
    }

    @Test
    void everySettingArrives() throws IOException {
        DEngineConfig config = read("""
                        node: { id: 2, data-dir: /tmp/n2 }
                        cluster:
                          name: 010
                          members: { 1: "127.0.0.1:7401", 2: "127.0.0.1:7402", 3: "[::1]:7403" }
                          bind: 0.0.0.0:7402
                        api:
                          address: "10.0.0.2:7500"
                          bind: 0.0.0.0:7500
                          max-request-bytes: 23MiB
                          max-calls-per-connection: 24
                          max-in-flight: 25
                          max-unsent-bytes: 26MiB
                        durability: os-cache
                        state-store: memory
                        election: { timeout: 2s, heartbeat: 300ms, max-clock-drift: 0.2 }
                        limits:
                          max-key-bytes: 1KiB
                          max-value-bytes: 2KB
                          max-pending-proposals: 3
                          max-pending-bytes: 4MiB
                          max-pending-reads: 5
                          request-timeout: PT6S
                        log:
                          segment-bytes: 7MiB
                          max-append-bytes: 8KiB
                          max-inflight-appends: 9
                          cache-bytes: 10MiB
                          purge-bytes: 11MiB
                          purge-entries: 18
                          purge-age: 19m
                        snapshots: { max-bytes-per-second: 20MiB, keep: 21m, state-hash-interval: 22 }
                        watch:
                          history-events: 12
                          history-bytes: 13MiB
                          history-age: 14m
                          max-watches: 15
                          buffered-events: 16
                          progress-interval: 17s
                        """, Map.of()).config();
        assertThat(config)
                .isEqualTo(DEngineConfig.member(
                                2,
                                Path.of("/tmp/n2"),
                                "010",
                                Map.of(
                                        NodeId.of(1), new PeerAddress("127.0.0.1", 7401),
                                        NodeId.of(2), new PeerAddress("127.0.0.1", 7402),
                                        NodeId.of(3), new PeerAddress("::1", 7403)))
                        .with(new StorageSettings(Durability.OS_CACHE, StateStore.MEMORY))
                        .with(new Election(Duration.ofSeconds(2), Duration.ofMillis(300), 0.2))
                        .with(new Limits(1024, 2048, 3, 4 << 20, 5, Duration.ofSeconds(6)))
                        .with(new LogSettings(7 << 20, 8 << 10, 9, 10 << 20, 11 << 20, 18, Duration.ofMinutes(19)))
                        .with(new Peering(null, new PeerAddress("0.0.0.0", 7402), List.of(), false, null))
                        .with(new ApiSettings(
                                new PeerAddress("10.0.0.2", 7500),
                                new PeerAddress("0.0.0.0", 7500),
                                23 << 20,
                                24,
                                25,
                                26 << 20))
                        .with(new SnapshotSettings(20 << 20, Duration.ofMinutes(21), 22))
                        .with(new WatchSettings(12, 13 << 20, Duration.ofMinutes(14), 15, 16, Duration.ofSeconds(17))));
    }

    @Test
    void fileOfASpringApplicationSuitsToo() throws IOException {
        DEngineConfig config = read("""
                        spring: { application: { name: orders } }
                        dengine:
                          enabled: true
                          read.consistency: local
                          node.id: 4
                          cluster:
                            address: 10.0.0.4:7400
                            join:
                              - 10.0.0.1:7400
                              - 10.0.0.2:7400
                            join-as: learner
                          start: { timeout: 0s }
                        """, Map.of()).config();
        assertThat(config.peering())
                .isEqualTo(new Peering(
                        new PeerAddress("10.0.0.4", 7400),
                        null,
                        List.of(new PeerAddress("10.0.0.1", 7400), new PeerAddress("10.0.0.2", 7400)),
                        true,
                        null));
        assertThat(refused("dengine: { node: { id: 1 } }\ncluster: { name: x }"))
                .hasMessageContaining("below dengine");
    }

    @Test
    void environmentGoesBeforeTheFileAndWhatIsNoneOfItIsWarnedOf() throws IOException {
        ServerSettings settings = read(
                "cluster: { name: file, members: { 1: 'a:1' } }",
                Map.of(
                        "DENGINE_CLUSTER_NAME", "environment",
                        "DENGINE_NODE_ID", "2",
                        "DENGINE_NODE_DATA_DIR", "/data",
                        "DENGINE_CLUSTER_MEMBERS_2", "b:2",
                        "DENGINE_SERVICE_PORT", "7400",
                        "DENGINE_CONFIG", "x.yml"));
        assertThat(settings.config().clusterName()).isEqualTo("environment");
        assertThat(settings.config().dataDir()).isEqualTo(Path.of("/data"));
        assertThat(settings.config().members()).containsOnlyKeys(NodeId.of(1), NodeId.of(2));
        assertThat(settings.warnings()).singleElement().asString().contains("DENGINE_SERVICE_PORT");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cluster: { nam: x }|cluster.nam: there is no such key (FILE, line 1). The nearest key is cluster.name",
                "cluster: 5|cluster: it is a section of keys, not a key (FILE, line 1). Write its keys below it",
                "election.timeout: 5|election.timeout: '5' is not understood (FILE, line 1). Write a number with a unit: ms, s, m, h"
                        + " or d",
                "election.timeout: 5ms|election.timeout: 5 ms is too short (FILE, line 1). Set 10 ms or more; 1 s suits most"
                        + " networks",
                "limits.max-value-bytes: 4GiB|limits.max-value-bytes: '4GiB' is not understood (FILE, line 1). Write a number with a"
                        + " unit, B, KiB, MiB or GiB, below 2 GiB",
                "log.cache-bytes: 99999999TiB|log.cache-bytes: '99999999TiB' is not understood (FILE, line 1). Write a number with a"
                        + " unit: B, KiB, MiB, GiB or TiB",
                "durability: some|durability: 'some' is not understood (FILE, line 1). Write one of fsync,"
                        + " memory, os-cache",
                "cluster.name:|cluster.name: it has no value (FILE, line 1). Write some text, or leave it out",
                "cluster.name: [a, b]|cluster.name: it is a list (FILE, line 1). Write some text",
                "cluster.bind: here|cluster.bind: 'here' is not understood (FILE, line 1). Write host:port with a port from 1 to"
                        + " 65535",
                "cluster.members.0: 'a:1'|cluster.members.0: '0' is no node id (FILE, line 1). Number members from 1",
                "api.bind: 'a:1'|api.bind: api.address is not set (FILE, line 1). Set that to where clients reach this node",
                "ssl.bundle: web|ssl.bundle: only a Spring application has it (FILE, line 1). Name PEM files in"
                        + " cluster.ssl and api.ssl",
                "api.ssl.trusted: ca.pem|api.ssl.certificate: it is not set, but the TLS of its port is. Give the node a"
                        + " certificate and its key",
                "cluster.ssl.verify-hosts: yes|cluster.ssl.verify-hosts: 'yes' is not understood (FILE, line 1). Write true or"
                        + " false",
                "node.id: 0|node.id: 0 is below 1 (FILE, line 1). Number nodes from 1",
                "{a: b|the file: FILE is not YAML at line 1: expected ',' or '}', but got <stream end>. Correct that line",
                "just text|the file: FILE has no keys. Write settings as key: value, in sections such as node and cluster",
                "{node.id: 1, node.id: 2}|node.id: it is set twice (FILE, line 1). Leave one of them out",
            })
    void whatIsWrongIsOneTextWithItsPlaceAndWhatToDo(String yaml, String text) {
        assertThat(refused(yaml))
                .hasMessage(text.replace("FILE", directory.resolve("x.yml").toString()));
    }

    @Test
    void pemFilesMakeEachPortsTls() throws Exception {
        X509Bundle ca = new CertificateBuilder()
                .ecp256()
                .subject("CN=ca")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        X509Bundle own = new CertificateBuilder().ecp256().subject("CN=node").buildIssuedBy(ca);
        Path certificate = Files.writeString(directory.resolve("cert.pem"), own.getCertificatePathPEM());
        Path key = Files.writeString(directory.resolve("key.pem"), own.getPrivateKeyPEM());
        Path trusted = Files.writeString(directory.resolve("ca.pem"), ca.getCertificatePEM());
        String yaml = "{ certificate: '%s', private-key: '%s', trusted: '%s', ".formatted(certificate, key, trusted);
        Security security = read(
                        "cluster.ssl: " + yaml + "verify-hosts: false }\napi.ssl: " + yaml
                                + "require-client-certificate: false }",
                        Map.of())
                .config()
                .security();
        assertThat(security.peers().verifyHosts()).isFalse();
        assertThat(security.peers().source().current().toString()).contains("CN=node");
        assertThat(security.api().requireClientCertificate()).isFalse();
        assertThat(read("api.ssl: " + yaml + "}", Map.of()).config().security().peers())
                .isNull();

        Files.writeString(key, "no key");
        assertThat(refused("api.ssl: " + yaml + "}"))
                .hasMessageStartingWith("api.ssl.certificate: ")
                .hasMessageContaining(key.toString());
    }

    @Test
    void variableThatIsWrongIsNamed() {
        assertThat(catchThrowableOfType(
                        InvalidConfigException.class,
                        () -> SettingsReader.read(null, Map.of("DENGINE_NODE_ID", "one"))))
                .hasMessage("node.id: 'one' is not understood (environment variable DENGINE_NODE_ID)."
                        + " Write a whole number up to 2147483647");
        assertThat(catchThrowableOfType(
                        InvalidConfigException.class,
                        () -> SettingsReader.read(null, Map.of("DENGINE_CLUSTER_MEMBERS_1", "a:1"))))
                .hasMessageStartingWith("node.id: it is not set, but members are listed");
    }

    @Test
    void fileThatIsMissingOrRefersToItselfIsRefused() {
        assertThat(catchThrowableOfType(
                        InvalidConfigException.class,
                        () -> SettingsReader.read(directory.resolve("none.yml"), Map.of())))
                .hasMessageContaining("cannot be read");
        assertThat(refused("node: &a { id: *a }")).isNotNull();
        assertThat(refused("!!javax.script.ScriptEngineManager [ ]")).hasMessageContaining("tag is not allowed");
    }
}
