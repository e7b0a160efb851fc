package io.dengine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationException;
import io.dengine.api.GetResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Limits;
import io.dengine.config.PeerAddress;
import io.dengine.config.Peering;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clusters whose members come, go, lose their data and move, over real sockets and disks. */
@Timeout(120)
class ClusterChangeTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private final Map<Integer, PeerAddress> addresses = new TreeMap<>();
    private final Map<Integer, DEngine> engines = new TreeMap<>();

    @AfterEach
    void closeAll() {
        engines.values().forEach(DEngine::close);
    }

    @Test
    void oneNodeGrowsToFiveAndBackToOneWhileAClientWrites() throws Exception {
        DEngine first = start(1, founder());
        first.awaitReady(PATIENCE);
        Writer writer = new Writer(first.client().blocking());

        for (int id = 2; id <= 5; id++) {
            start(id, joiner(id, 1));
            awaitVoters(IntStream.rangeClosed(1, id).toArray());
        }
        writer.requireProgress();
        for (int id = 5; id >= 2; id--) {
            cluster(1).remove(NodeId.of(id)).get(30, TimeUnit.SECONDS);
            writer.requireProgress();
            engines.remove(id).close();
        }
        awaitVoters(1);
        writer.finish();

        assertThat(writer.acknowledged).hasSizeGreaterThan(100);
        for (String value : writer.acknowledged) {
            assertThat(first.client()
                            .blocking()
                            .get(bytes(value), ReadConsistency.LINEARIZABLE)
                            .entry())
                    .as(value)
                    .isNotNull();
        }
        assertThat(writer.failures).as("writes that failed meanwhile").isEmpty();
    }

    @Test
    void aRestartedNodeGoesByWhatItHasOnDiskNotByItsOldConfiguration() {
        threeNodes();
        put("before", "1");
        for (int id = 1; id <= 3; id++) {
            engines.remove(id).close();
        }

        start(1, founder()); // configured as the only node of a new cluster, as ever
        start(3, joiner(3, 1));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(value(1, "before")).isEqualTo("1"));
        assertThat(cluster(1).members().voters()).containsExactlyElementsOf(ids(1, 2, 3));
        assertThat(engines.get(1).status().members()).hasSize(3);
    }

    /** Node 3 knows none of the others, and without it they are no quorum. */
    @Test
    void aNodeThatWasAwayWhileAllOthersWereReplacedFindsItsWayBack() throws Exception {
        threeNodes();
        put("before", "1");
        engines.remove(3).close();
        start(4, joiner(4, 1));
        awaitVoters(1, 2, 3, 4);
        start(5, joiner(5, 1));
        awaitVoters(1, 2, 3, 4, 5);
        for (int id = 1; id <= 2; id++) {
            cluster(4).remove(NodeId.of(id)).get(30, TimeUnit.SECONDS);
            engines.remove(id).close();
        }
        awaitVoters(3, 4, 5);
        put("while-away", "2");
        engines.remove(5).close();

        start(3, joiner(3, 1));
        put("after", "3");
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(value(3, "before")).isEqualTo("1");
            assertThat(value(3, "while-away")).isEqualTo("2");
            assertThat(value(3, "after")).isEqualTo("3");
        });
        assertThat(cluster(3).members().voters()).containsExactlyElementsOf(ids(3, 4, 5));
    }

    @Test
    void aLeaderThatIsRemovedHandsOverFirst() throws Exception {
        threeNodes();
        int leader = leader();

        cluster(leader == 1 ? 2 : 1).remove(NodeId.of(leader)).get(30, TimeUnit.SECONDS);

        Set<Integer> rest = engines.keySet().stream().filter(id -> id != leader).collect(Collectors.toSet());
        int other = rest.iterator().next();
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(cluster(other).members().voters()).hasSize(2));
        engines.get(other).client().blocking().put(bytes("k"), bytes("v"));
        assertThat(cluster(other).members().contains(NodeId.of(leader))).isFalse();
    }

    @Test
    void aNodeTakesAnothersPlaceInOneStep() throws Exception {
        threeNodes();
        engines.remove(3).close(); // for good
        Peering peering = new Peering(address(4), null, List.of(address(1)), false, NodeId.of(3));
        start(4, config(4).with(peering));

        awaitVoters(1, 2, 4);
        put("k", "v");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(value(4, "k")).isEqualTo("v"));
    }

    @Test
    void learnersComeGoAndAreReadOnlyWhereTheyShallBe() throws Exception {
        threeNodes();
        Peering peering = new Peering(address(4), null, List.of(address(2)), true, null);
        DEngine learner = start(4, config(4).with(peering));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(cluster(1).members().learners()).containsExactly(NodeId.of(4)));
        learner.awaitReady(PATIENCE);
        learner.client().blocking().put(bytes("from-learner"), bytes("v"));
        assertThat(value(1, "from-learner")).isEqualTo("v");

        cluster(4).promote(NodeId.of(4)).get(30, TimeUnit.SECONDS);
        awaitVoters(1, 2, 3, 4);
        cluster(2).demote(NodeId.of(4)).get(30, TimeUnit.SECONDS);
        awaitVoters(1, 2, 3);
        assertThat(cluster(1).members().learners()).containsExactly(NodeId.of(4));
        cluster(3).remove(NodeId.of(4)).get(30, TimeUnit.SECONDS);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(cluster(1).members().members()).hasSize(3));
    }

    @Test
    void leadershipGoesWhereItIsSent() throws Exception {
        threeNodes();
        for (int target : new int[] {3, 1, 2}) {
            cluster(1).transferLeadership(NodeId.of(target)).get(30, TimeUnit.SECONDS);
            await().atMost(PATIENCE).until(() -> engines.get(target).isLeader());
        }
        assertRefused(cluster(1).transferLeadership(NodeId.of(9)), RefusedException.Reason.UNSAFE, "no voter");
    }

    @Test
    void ordersThatCouldHarmAreRefusedWithAReason() throws Exception {
        threeNodes();
        int port = FreePorts.next();
        assertRefused(
                cluster(1).addLearner(NodeId.of(7), new PeerAddress("127.0.0.1", port), false),
                RefusedException.Reason.UNSAFE,
                "127.0.0.1:" + port);
        assertRefused(cluster(1).promote(NodeId.of(8)), RefusedException.Reason.INVALID, "not a member");
        assertRefused(
                cluster(1).addLearner(NodeId.of(7), address(2), false),
                RefusedException.Reason.INVALID,
                "is node 2, not node 7");

        DEngineConfig elsewhere =
                DEngineConfig.embedded(directory.resolve("elsewhere")).with(Peering.at(address(9)));
        try (DEngine stranger = DEngine.start(elsewhere)) {
            stranger.awaitReady(PATIENCE);
            assertRefused(
                    cluster(1).addLearner(NodeId.of(9), address(9), false), RefusedException.Reason.UNSAFE, "cluster");
        }

        int dead = leader() == 3 ? 2 : 3;
        engines.remove(dead).close();
        int alive = leader() == 1 ? (dead == 3 ? 2 : 3) : 1;
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertRefused(
                        cluster(leader()).remove(NodeId.of(alive)), RefusedException.Reason.UNSAFE, "do not answer"));
        put("still", "works");
    }

    @Test
    void aNodeThatLostItsDataComesBackAsALearnerAndVotesAgainWhenItHasCaughtUp() throws IOException {
        threeNodes();
        put("k", "v");
        int lost = leader() == 3 ? 2 : 3;
        engines.remove(lost).close();
        deleteData(lost);

        start(lost, lost == 1 ? founder() : joiner(lost, 1));

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(value(lost, "k")).isEqualTo("v"));
        awaitVoters(1, 2, 3);
    }

    @Test
    void aNodeWithADamagedLogSetsItAsideAndFetchesEverythingAnew() throws IOException {
        threeNodes();
        for (int i = 0; i < 50; i++) {
            put("key" + i, "value" + i);
        }
        int damaged = leader() == 3 ? 2 : 3;
        engines.remove(damaged).close();
        damageLog(damaged);

        start(damaged, joiner(damaged, 1));

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(value(damaged, "key49")).isEqualTo("value49"));
        awaitVoters(1, 2, 3);
        assertThat(directory.resolve("n" + damaged).resolve("damaged-1")).isDirectory();
    }

    @Test
    void aNodeWithoutCompanyKeepsItsDamagedDataAndRefusesToStart() throws IOException {
        start(1, founder()).awaitReady(PATIENCE);
        for (int i = 0; i < 50; i++) {
            put("key" + i, "value" + i);
        }
        engines.remove(1).close();
        damageLog(1);

        assertThatThrownBy(() -> DEngine.start(founder()))
                .isInstanceOfSatisfying(
                        StorageFailure.class,
                        failure -> assertThat(failure.kind()).isEqualTo(StorageFailure.Kind.CORRUPT));
        assertThat(directory.resolve("n1").resolve("damaged-1")).doesNotExist();
        assertThat(directory.resolve("n1").resolve("log")).isDirectory();
    }

    @Test
    void aNodeThatMovedIsFoundAtItsNewAddress() throws IOException {
        threeNodes();
        int moved = leader() == 3 ? 2 : 3;
        engines.remove(moved).close();
        PeerAddress before = address(moved);
        addresses.put(moved, FreePorts.address());

        start(moved, joiner(moved, 1));

        put("k", "v");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(value(moved, "k")).isEqualTo("v"));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(
                                cluster(1).members().member(NodeId.of(moved)).address())
                        .isEqualTo(address(moved).toString())
                        .isNotEqualTo(before.toString()));
    }

    @Test
    void everyNodeHearsOfEveryMembershipInOrder() throws Exception {
        threeNodes();
        Map<Integer, Queue<Long>> heard = new TreeMap<>();
        Map<Integer, Queue<Membership>> memberships = new TreeMap<>();
        engines.forEach((id, engine) -> {
            heard.put(id, new ConcurrentLinkedQueue<>());
            memberships.put(id, new ConcurrentLinkedQueue<>());
            engine.addMembershipListener((index, membership) -> {
                heard.get(id).add(index);
                memberships.get(id).add(membership);
            });
        });
        start(4, joiner(4, 2));
        awaitVoters(1, 2, 3, 4);
        await().atMost(PATIENCE).untilAsserted(() -> {
            for (int id = 1; id <= 3; id++) {
                assertThat(List.copyOf(heard.get(id))).isSorted().doesNotHaveDuplicates();
                assertThat(memberships.get(id)).last().satisfies(last -> {
                    assertThat(last.isJoint()).isFalse();
                    assertThat(last.voters()).hasSize(4);
                });
            }
            assertThat(List.copyOf(heard.get(2)).subList(1, heard.get(2).size()))
                    .isEqualTo(List.copyOf(heard.get(1)).subList(1, heard.get(1).size()));
        });
    }

    private void threeNodes() {
        start(1, founder()).awaitReady(PATIENCE);
        start(2, joiner(2, 1));
        start(3, joiner(3, 1));
        awaitVoters(1, 2, 3);
        engines.values().forEach(engine -> engine.awaitReady(PATIENCE));
    }

    private DEngineConfig founder() {
        return config(1).with(Peering.at(address(1)));
    }

    private DEngineConfig joiner(int id, int seed) {
        return config(id).with(Peering.joining(address(id), List.of(address(seed))));
    }

    private DEngineConfig config(int id) {
        return DEngineConfig.member(id, directory.resolve("n" + id), "test", Map.of())
                .with(Limits.DEFAULT.withRequestTimeout(Duration.ofSeconds(3)));
    }

    private DEngine start(int id, DEngineConfig config) {
        DEngine engine = DEngine.start(config);
        engines.put(id, engine);
        return engine;
    }

    private PeerAddress address(int id) {
        return addresses.computeIfAbsent(id, absent -> FreePorts.address());
    }

    private ClusterAdmin cluster(int id) {
        return engines.get(id).cluster();
    }

    private int leader() {
        await().atMost(PATIENCE).until(() -> engines.values().stream().anyMatch(DEngine::isLeader));
        return engines.entrySet().stream()
                .filter(entry -> entry.getValue().isLeader())
                .mapToInt(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    private void awaitVoters(int... voters) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            Membership members = engines.values().iterator().next().cluster().members();
            assertThat(members.voters()).containsExactlyElementsOf(ids(voters));
            assertThat(members.isJoint()).isFalse();
        });
    }

    private static List<NodeId> ids(int... ids) {
        return IntStream.of(ids).mapToObj(NodeId::of).toList();
    }

    private void put(String key, String value) {
        await().atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(CoordinationException.class)
                .until(() -> {
                    engines.values().iterator().next().client().blocking().put(bytes(key), bytes(value));
                    return true;
                });
    }

    private String value(int id, String key) {
        try {
            GetResult result = engines.get(id).client().blocking().get(bytes(key), ReadConsistency.LINEARIZABLE);
            return result.entry() == null ? "absent" : result.entry().value().utf8();
        } catch (CoordinationException e) {
            return e.toString();
        }
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.of(text);
    }

    private void deleteData(int id) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("n" + id))) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Flips a bit of a record that is followed by synced ones. */
    private void damageLog(int id) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("n" + id).resolve("log"))) {
            Path segment = files.filter(file -> Files.isRegularFile(file)
                            && !file.getFileName().toString().contains("state"))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
            try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
                file.seek(600);
                int before = file.read();
                file.seek(600);
                file.write(before ^ 1);
            }
        }
    }

    private static void assertRefused(CompletableFuture<?> order, RefusedException.Reason reason, String text) {
        assertThatThrownBy(() -> order.get(60, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason())
                                .as(refused.getMessage())
                                .isEqualTo(reason))
                .hasMessageContaining(text);
    }

    /** Writes keys of its own, one after the other, until told to stop. */
    private static final class Writer {

        private final List<String> acknowledged = new ArrayList<>();
        private final List<String> failures = new ArrayList<>();
        private final Thread thread;
        private volatile boolean stopped;
        private volatile int count;

        Writer(BlockingCoordinationClient client) {
            thread = new Thread(() -> write(client), "writer");
            thread.start();
        }

        private void write(BlockingCoordinationClient client) {
            for (int i = 0; !stopped; i++) {
                String key = "write" + i;
                try {
                    client.put(bytes(key), bytes(key));
                    acknowledged.add(key);
                    count = i;
                } catch (CoordinationException e) {
                    failures.add(key + ": " + e);
                }
            }
        }

        void requireProgress() {
            int before = count;
            await().atMost(PATIENCE).until(() -> count > before);
        }

        void finish() throws InterruptedException {
            stopped = true;
            thread.join(10_000);
            assertThat(thread.isAlive()).isFalse();
        }
    }
}
