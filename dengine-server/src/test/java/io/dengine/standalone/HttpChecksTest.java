package io.dengine.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.Election;
import io.dengine.config.PeerAddress;
import io.dengine.config.StateStore;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PortInUseException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a load balancer in front of three servers is told. */
@Timeout(60)
class HttpChecksTest {

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final Map<NodeId, PeerAddress> members = new TreeMap<>();
    private final Map<NodeId, PeerAddress> checks = new TreeMap<>();
    private final Map<NodeId, DEngineServer> servers = new TreeMap<>();

    @BeforeEach
    void startThree() throws IOException {
        List<PeerAddress> free = freeAddresses(6);
        for (int id = 1; id <= 3; id++) {
            members.put(NodeId.of(id), free.get(id - 1));
            checks.put(NodeId.of(id), free.get(id + 2));
        }
        members.keySet().forEach(id -> servers.put(id, start(id, checks.get(id))));
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

    private DEngineServer start(NodeId id, PeerAddress http) {
        DEngineConfig config = DEngineConfig.member(id.value(), Path.of("n" + id), "checked", members)
                .withStateStore(StateStore.MEMORY)
                .withDurability(Durability.MEMORY)
                .with(Election.ofTimeout(Duration.ofMillis(300)));
        return DEngineServer.start(new ServerSettings(config, Duration.ZERO, http, List.of()));
    }

    @AfterEach
    void stop() {
        servers.values().forEach(DEngineServer::close);
    }

    private static ConditionFactory patiently() {
        return Awaitility.await().atMost(Duration.ofSeconds(20));
    }

    private HttpResponse<String> ask(NodeId id, String method, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + checks.get(id) + path))
                .timeout(Duration.ofSeconds(10))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private int status(NodeId id, String path) throws Exception {
        return ask(id, "GET", path).statusCode();
    }

    /** Returns who says that it leads, when all that run serve and exactly one does. */
    private NodeId awaitOnePrimary() {
        List<NodeId> primaries = new ArrayList<>();
        patiently().untilAsserted(() -> {
            primaries.clear();
            for (NodeId id : servers.keySet()) {
                assertThat(status(id, "/health")).isEqualTo(200);
                boolean leads = status(id, "/primary") == 200;
                assertThat(status(id, "/replica")).isEqualTo(leads ? 503 : 200);
                if (leads) {
                    primaries.add(id);
                }
            }
            assertThat(primaries).hasSize(1);
        });
        return primaries.get(0);
    }

    @Test
    void oneIsThePrimaryAndAnotherAfterItIsGone() throws Exception {
        NodeId first = awaitOnePrimary();
        assertThat(ask(first, "GET", "/primary").body()).isEqualTo("node " + first + " leads, health SERVING\n");
        servers.remove(first).close();
        assertThatThrownBy(() -> status(first, "/health")).isInstanceOf(ConnectException.class);
        NodeId second = awaitOnePrimary();
        assertThat(second).isNotEqualTo(first);

        servers.remove(second).close();
        NodeId alone = servers.keySet().iterator().next();
        patiently().untilAsserted(() -> {
            assertThat(status(alone, "/primary")).isEqualTo(503);
            assertThat(status(alone, "/replica")).isEqualTo(503);
            assertThat(status(alone, "/health")).isEqualTo(503);
        });
    }

    @Test
    void onlyTheThreePathsAndOnlyReadingAreAnswered() throws Exception {
        NodeId primary = awaitOnePrimary();
        HttpResponse<String> head = ask(primary, "HEAD", "/primary");
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(status(primary, "/primaries")).isEqualTo(404);
        assertThat(status(primary, "/")).isEqualTo(404);
        assertThat(ask(primary, "POST", "/primary").statusCode()).isEqualTo(405);
    }

    /** Each holds a connection and never ends its request. */
    @Test
    void thoseWhoAskSlowlyDoNotKeepOthersFromTheirAnswer() throws Exception {
        NodeId primary = awaitOnePrimary();
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 8; i++) {
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), checks.get(primary).port());
                slow.add(socket);
                OutputStream out = socket.getOutputStream();
                out.write("GET /primary HTTP/1.1\r\nHost: ".getBytes(StandardCharsets.US_ASCII));
                out.flush();
            }
            patiently()
                    .untilAsserted(() -> assertThat(status(primary, "/health")).isEqualTo(200));
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void aTakenAddressIsNamedAndTheNodeIsClosed() {
        NodeId other = awaitOnePrimary();
        NodeId moved = servers.keySet().stream()
                .filter(id -> !id.equals(other))
                .findFirst()
                .orElseThrow();
        servers.remove(moved).close();
        assertThatThrownBy(() -> start(moved, checks.get(other)))
                .isInstanceOf(PortInUseException.class)
                .hasMessageContaining(String.valueOf(checks.get(other).port()));
        servers.put(moved, start(moved, checks.get(moved)));
    }
}
