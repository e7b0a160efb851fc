package io.dengine.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dengine.DEngineClient;
import io.dengine.FreePorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Three real processes whose leader is killed again and again, and a client of each, none of which is ever made anew. */
class RemoteClientProcessTest {

    private static final Logger log = LoggerFactory.getLogger(RemoteClientProcessTest.class);
    private static final int ROUNDS = 10;
    private static final int WRITES_A_ROUND = 20;

    @TempDir
    Path directory;

    private final List<NodeProcess> nodes = new ArrayList<>();
    private final List<ClientLoad> clients = new ArrayList<>();

    @AfterEach
    void endAll() {
        clients.forEach(ClientLoad::close);
        nodes.forEach(NodeProcess::destroy);
    }

    @Test
    @Timeout(value = 8, unit = TimeUnit.MINUTES)
    void clientsOfAllNodesWriteReadAndWatchThroughTenLeaderKills() throws Exception {
        List<String> ports = new ArrayList<>();
        List<Integer> apiPorts = List.of(FreePorts.next(), FreePorts.next(), FreePorts.next());
        apiPorts.forEach(api -> ports.add(FreePorts.next() + "/" + api));
        for (int id = 1; id <= 3; id++) {
            nodes.add(new NodeProcess(id, Files.createDirectory(directory.resolve("n" + id)), ports));
        }
        for (NodeProcess node : nodes) {
            node.start();
        }
        for (NodeProcess node : nodes) {
            assertThat(node.awaitReady(60)).as("node %s is ready", node.id()).isTrue();
        }
        for (int i = 0; i < 3; i++) {
            clients.add(new ClientLoad(i, DEngineClient.connect("127.0.0.1:" + apiPorts.get(i))));
        }
        awaitProgressOfEveryClient();
        for (int round = 0; round < ROUNDS; round++) {
            NodeProcess leader = leader();
            leader.kill();
            awaitProgressOfEveryClient();
            leader.start();
            assertThat(leader.awaitReady(60))
                    .as("node %s is ready again", leader.id())
                    .isTrue();
        }
        verify();
    }

    private NodeProcess leader() {
        return await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> nodes.stream()
                                .filter(NodeProcess::leads)
                                .findFirst()
                                .orElse(null),
                        found -> found != null);
    }

    private void awaitProgressOfEveryClient() {
        List<Integer> before = clients.stream().map(ClientLoad::acknowledged).toList();
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            for (int i = 0; i < clients.size(); i++) {
                assertThat(clients.get(i).acknowledged())
                        .as("writes of client %s", i)
                        .isGreaterThanOrEqualTo(before.get(i) + WRITES_A_ROUND);
            }
        });
    }

    private void verify() throws Exception {
        for (NodeProcess node : nodes) {
            node.say("quiesce");
        }
        for (NodeProcess node : nodes) {
            assertThat(node.awaitQuiet(30)).isTrue();
        }
        long last = 0;
        for (ClientLoad client : clients) {
            last = Math.max(last, client.finish());
        }
        for (ClientLoad client : clients) {
            client.awaitWatched(last);
        }
        SortedMap<Long, String> history = clients.get(0).watched();
        for (ClientLoad client : clients) {
            assertThat(client.anomalies()).isEmpty();
            assertThat(client.watched().firstKey()).isEqualTo(2);
            assertThat(client.watched().headMap(last + 1)).isEqualTo(history.headMap(last + 1));
            client.acks()
                    .forEach((revision, change) -> assertThat(history.get(revision))
                            .as("the write acknowledged at revision %s", revision)
                            .isEqualTo(change));
        }
        log.warn(
                "{} revisions; acknowledged to the clients {}, indeterminate {}, refused {}",
                history.size(),
                clients.stream().mapToInt(ClientLoad::acknowledged).sum(),
                clients.stream().mapToInt(ClientLoad::indeterminate).sum(),
                clients.stream().mapToInt(ClientLoad::refused).sum());
    }
}
