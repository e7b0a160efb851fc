package io.dengine.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dengine.FreePorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Three real processes on real disks and sockets, killed again and again while they write and watch. */
class ProcessClusterTest {

    private static final Logger log = LoggerFactory.getLogger(ProcessClusterTest.class);
    private static final int ROUNDS = 10;

    @TempDir
    Path directory;

    private final List<NodeProcess> nodes = new ArrayList<>();

    @AfterEach
    void endAll() {
        nodes.forEach(NodeProcess::destroy);
    }

    @Test
    @Timeout(value = 8, unit = TimeUnit.MINUTES)
    void nothingAcknowledgedIsLostThroughTenRoundsOfKills() throws Exception {
        List<String> ports = freePorts(3);
        for (int id = 1; id <= 3; id++) {
            nodes.add(new NodeProcess(id, Files.createDirectory(directory.resolve("n" + id)), ports));
        }
        for (NodeProcess node : nodes) {
            node.start();
        }
        for (NodeProcess node : nodes) {
            assertThat(node.awaitReady(60)).as("node %s is ready", node.id()).isTrue();
        }
        awaitProgress();
        List<Long> gapsMillis = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            gapsMillis.add(killLeaderAndRestart());
            killFollowerAndRestart(round);
        }
        log.warn("time without an acknowledgement after each kill of the leader, in ms: {}", gapsMillis);
        assertThat(gapsMillis).allSatisfy(gap -> assertThat(gap).isLessThan(3000));
        quiesce();
        verifyHistory();
    }

    /** Returns how long it took until a survivor's write was acknowledged that was not under way at the kill. */
    private long killLeaderAndRestart() throws Exception {
        NodeProcess leader = await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> nodes.stream()
                                .filter(NodeProcess::leads)
                                .findFirst()
                                .orElse(null),
                        found -> found != null);
        long killedAt = System.nanoTime();
        leader.kill();
        long deadAt = System.nanoTime();
        List<NodeProcess> survivors =
                nodes.stream().filter(node -> node != leader).toList();
        await().pollInterval(Duration.ofMillis(20))
                .atMost(Duration.ofSeconds(20))
                .until(() -> survivors.stream()
                        .flatMap(node -> node.acks().stream().skip(Math.max(0, node.ackCount() - 50)))
                        .anyMatch(ack -> ack.atNanos() > deadAt + TimeUnit.MILLISECONDS.toNanos(50)));
        long firstAck = survivors.stream()
                .flatMap(node -> node.acks().stream())
                .mapToLong(NodeProcess.Ack::atNanos)
                .filter(at -> at > deadAt + TimeUnit.MILLISECONDS.toNanos(50))
                .min()
                .orElseThrow();
        leader.start();
        awaitCaughtUp(leader);
        return TimeUnit.NANOSECONDS.toMillis(firstAck - killedAt);
    }

    private void killFollowerAndRestart(int round) throws Exception {
        List<NodeProcess> followers =
                nodes.stream().filter(node -> !node.leads()).toList();
        NodeProcess follower = followers.get(round % followers.size());
        follower.kill();
        awaitProgress();
        follower.start();
        awaitCaughtUp(follower);
    }

    private void awaitProgress() {
        int before = nodes.stream().mapToInt(NodeProcess::ackCount).sum();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> nodes.stream().mapToInt(NodeProcess::ackCount).sum() >= before + 50);
    }

    private void awaitCaughtUp(NodeProcess restarted) throws InterruptedException {
        assertThat(restarted.awaitReady(30))
                .as("node %s is ready again", restarted.id())
                .isTrue();
        long target = nodes.stream().mapToLong(NodeProcess::lastRevision).max().orElseThrow();
        await().atMost(Duration.ofSeconds(20)).until(() -> restarted.lastRevision() >= target);
    }

    private void quiesce() throws Exception {
        for (NodeProcess node : nodes) {
            node.say("quiesce");
        }
        for (NodeProcess node : nodes) {
            assertThat(node.awaitQuiet(30)).isTrue();
        }
        for (NodeProcess node : nodes) {
            node.say("dump");
        }
        for (NodeProcess node : nodes) {
            assertThat(node.awaitDump(30)).isTrue();
        }
        long last = nodes.stream().mapToLong(NodeProcess::lastRevision).max().orElseThrow();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> nodes.stream().allMatch(node -> node.lastRevision() >= last));
    }

    private void verifyHistory() {
        SortedMap<Long, String> history = nodes.get(0).events();
        for (NodeProcess node : nodes) {
            assertThat(node.anomalies()).isEmpty();
            assertThat(node.events()).as("what node %s watched", node.id()).isEqualTo(history);
            assertThat(node.events().firstKey()).isEqualTo(2);
            assertThat(node.dumped()).as("what node %s holds", node.id()).isEqualTo(lastOfEachKey(history));
            for (NodeProcess.Ack ack : node.acks()) {
                assertThat(history.get(ack.revision()))
                        .as("the write that node %s acknowledged at revision %s", node.id(), ack.revision())
                        .isEqualTo("n" + node.id() + "/" + ack.number() % NodeProcessMain.KEYS + "=v" + ack.number());
            }
        }
        log.warn(
                "{} revisions, {} acknowledged",
                history.size(),
                nodes.stream().mapToInt(NodeProcess::ackCount).sum());
    }

    private static SortedMap<String, String> lastOfEachKey(SortedMap<Long, String> history) {
        SortedMap<String, Long> revisions = new TreeMap<>();
        SortedMap<String, String> values = new TreeMap<>();
        history.forEach((revision, change) -> {
            String key = change.substring(0, change.indexOf('='));
            revisions.put(key, revision);
            values.put(key, change);
        });
        SortedMap<String, String> expected = new TreeMap<>();
        values.forEach((key, change) -> expected.put(change, Long.toString(revisions.get(key))));
        return expected;
    }

    private static List<String> freePorts(int count) {
        return Stream.generate(FreePorts::next)
                .limit(count)
                .map(String::valueOf)
                .toList();
    }
}
