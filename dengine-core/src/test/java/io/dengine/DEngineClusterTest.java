package io.dengine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.CoordinationException;
import io.dengine.api.Expectation;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.WatchRequest;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Limits;
import io.dengine.config.PeerAddress;
import io.dengine.node.NodeHealth;
import io.dengine.node.NodeStatus;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.StorageFailure;
import io.dengine.transport.PortInUseException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes over real sockets and disks, in one process. */
@Timeout(60)
class DEngineClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private final Map<NodeId, PeerAddress> members = new TreeMap<>();
    private final Map<NodeId, DEngine> engines = new TreeMap<>();

    @BeforeEach
    void startThree() throws IOException {
        for (int id = 1; id <= 3; id++) {
            members.put(NodeId.of(id), FreePorts.address());
        }
        members.keySet().forEach(this::start);
        engines.values().forEach(engine -> engine.awaitReady(PATIENCE));
    }

    @AfterEach
    void closeAll() {
        engines.values().forEach(DEngine::close);
    }

    private DEngineConfig config(NodeId id) {
        return DEngineConfig.member(id.value(), directory.resolve("n" + id), "test", members)
                .with(Limits.DEFAULT.withRequestTimeout(Duration.ofSeconds(3)));
    }

    private DEngine start(NodeId id) {
        DEngine engine = DEngine.start(config(id));
        engines.put(id, engine);
        return engine;
    }

    private DEngine leader() {
        return await().atMost(PATIENCE)
                .until(
                        () -> engines.values().stream()
                                .filter(DEngine::isLeader)
                                .findFirst()
                                .orElse(null),
                        found -> found != null);
    }

    private List<DEngine> followers() {
        DEngine leader = leader();
        return engines.values().stream().filter(engine -> engine != leader).toList();
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.of(text);
    }

    @Test
    void anyNodeTakesWritesAndEveryNodeReadsThemLinearizably() {
        int number = 0;
        for (int round = 0; round < 20; round++) {
            for (DEngine writer : engines.values()) {
                long revision = writer.client()
                        .blocking()
                        .put(bytes("k"), bytes("v" + ++number))
                        .revision();
                for (DEngine reader : engines.values()) {
                    for (ReadConsistency consistency : List.of(ReadConsistency.LINEARIZABLE, ReadConsistency.LEASE)) {
                        var found = reader.client().blocking().get(bytes("k"), consistency);
                        assertThat(found.entry().value()).isEqualTo(bytes("v" + number));
                        assertThat(found.revision()).isEqualTo(revision);
                    }
                }
            }
        }
    }

    /** On its way it meets every bound: of the request, of the frame that forwards it, of the log's record, of the append. */
    @Test
    void theLargestCommandGoesFromAnyNodeToAll() {
        ByteSequence key = ByteSequence.wrap(new byte[Limits.KEY_BYTES_BOUND]);
        ByteSequence large = ByteSequence.wrap(new byte[Limits.VALUE_BYTES_BOUND]);
        for (DEngine writer : engines.values()) {
            writer.client().blocking().put(key, large);
            assertThat(writer.client()
                            .blocking()
                            .compareAndSet(key, Expectation.value(large), large)
                            .succeeded())
                    .isTrue();
        }
        for (DEngine reader : engines.values()) {
            assertThat(reader.client()
                            .blocking()
                            .get(key, ReadConsistency.LINEARIZABLE)
                            .entry()
                            .version())
                    .isEqualTo(6);
        }
    }

    @Test
    void concurrentIncrementsByCompareAndSetLoseNone() {
        List<CompletableFuture<Integer>> workers = engines.values().stream()
                .map(engine -> CompletableFuture.supplyAsync(() -> increment(engine, 50)))
                .toList();
        int done = workers.stream().mapToInt(CompletableFuture::join).sum();
        assertThat(done).isEqualTo(150);
        assertThat(leader().client()
                        .blocking()
                        .get(bytes("counter"), ReadConsistency.LINEARIZABLE)
                        .entry()
                        .value())
                .isEqualTo(bytes("150"));
    }

    private static int increment(DEngine engine, int times) {
        BlockingCoordinationClient store = engine.client().blocking();
        int done = 0;
        while (done < times) {
            var found =
                    store.get(bytes("counter"), ReadConsistency.LINEARIZABLE).entry();
            int now = found == null ? 0 : Integer.parseInt(found.value().utf8());
            CompareAndSetResult result = store.compareAndSet(
                    bytes("counter"),
                    found == null ? Expectation.absent() : Expectation.modRevision(found.modRevision()),
                    bytes(Integer.toString(now + 1)));
            if (result.succeeded()) {
                done++;
            }
        }
        return done;
    }

    @Test
    void closingTheLeaderLetsTheOthersElectAtOnce() {
        DEngine old = leader();
        List<DEngine> others = followers();
        old.client().blocking().put(bytes("k"), bytes("v"));
        long start = System.nanoTime();
        old.close();
        others.get(0).client().blocking().put(bytes("k"), bytes("w"));
        long gapMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        // Without a hand-over the others would wait out at least one election timeout of 1 s.
        assertThat(gapMillis).isLessThan(1000);
    }

    @Test
    void withoutAMajorityNothingIsPromisedAndLocalReadsGoOn() {
        DEngine survivor = leader();
        survivor.client().blocking().put(bytes("k"), bytes("v"));
        followers().forEach(DEngine::close);
        Throwable write = catchThrowable(() -> survivor.client().blocking().put(bytes("k"), bytes("w")));
        assertThat(write).isInstanceOf(CoordinationException.class);
        await().atMost(PATIENCE).until(() -> survivor.status().health() == NodeHealth.NO_LEADER);
        assertThatThrownBy(() -> survivor.client().blocking().put(bytes("k"), bytes("x")))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(RefusedException.Reason.NO_LEADER));
        assertThatThrownBy(() -> survivor.client().blocking().get(bytes("k"), ReadConsistency.LINEARIZABLE))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(RefusedException.Reason.TIMEOUT));
        assertThat(survivor.client()
                        .blocking()
                        .get(bytes("k"), ReadConsistency.LOCAL)
                        .entry())
                .isNotNull();
        assertThat(survivor.status().detail()).contains("majority");
    }

    @Test
    void aKeyWithATtlGoesOnEveryNodeAtOneRevision() {
        List<Queue<String>> seen = new ArrayList<>();
        for (DEngine engine : engines.values()) {
            Queue<String> events = new ConcurrentLinkedQueue<>();
            seen.add(events);
            engine.client()
                    .watch(
                            WatchRequest.prefix(bytes("t/")).withFromRevision(2),
                            (revision, changes) -> changes.forEach(
                                    change -> events.add(revision + " " + change.type() + " " + change.key())));
        }
        leader().client().blocking().put(bytes("t/a"), bytes("1"), Duration.ofMillis(200));
        leader().client().blocking().put(bytes("t/b"), bytes("1"), Duration.ofMillis(200));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(seen)
                        .allSatisfy(events -> assertThat(events.stream().filter(event -> event.contains("DELETE")))
                                .hasSize(2)));
        assertThat(seen.get(1)).containsExactlyElementsOf(seen.get(0));
        assertThat(seen.get(2)).containsExactlyElementsOf(seen.get(0));
    }

    @Test
    void membersAndTheirProgressAreReported() throws Exception {
        DEngine leader = leader();
        leader.client().blocking().put(bytes("k"), bytes("v"));
        await().atMost(PATIENCE).untilAsserted(() -> {
            NodeStatus status = leader.status();
            assertThat(status.members()).hasSize(3).allSatisfy(member -> {
                assertThat(member.lagEntries()).isZero();
                assertThat(member.address()).startsWith("127.0.0.1:");
            });
        });
        CompletableFuture<Membership> told = new CompletableFuture<>();
        leader.addMembershipListener((index, membership) -> told.complete(membership));
        assertThat(told.get(5, TimeUnit.SECONDS).voters()).isEqualTo(members.keySet());
        for (DEngine follower : followers()) {
            assertThat(follower.leader()).contains(leader.nodeId());
        }
    }

    @Test
    void aMemberWithoutItsDataIsTakenInAnewByWhoeverItIsConfiguredWith() {
        DEngine follower = followers().get(0);
        NodeId id = follower.nodeId();
        leader().client().blocking().put(bytes("k"), bytes("v"));
        follower.close();
        DEngineConfig wiped = DEngineConfig.member(id.value(), directory.resolve("wiped"), "test", members)
                .with(Limits.DEFAULT.withRequestTimeout(Duration.ofSeconds(3)));
        try (DEngine stranger = DEngine.start(wiped)) {
            stranger.awaitReady(PATIENCE);
            assertThat(stranger.client()
                            .blocking()
                            .get(bytes("k"), ReadConsistency.LOCAL)
                            .entry())
                    .isNotNull();
            await().atMost(PATIENCE)
                    .untilAsserted(() ->
                            assertThat(stranger.cluster().members().voters()).isEqualTo(members.keySet()));
        }
    }

    @Test
    void aDirectoryOfOtherMembersOrAnotherClusterIsRefused() {
        DEngine follower = followers().get(0);
        NodeId id = follower.nodeId();
        follower.close();
        Path data = directory.resolve("n" + id);
        assertThatThrownBy(() -> DEngine.start(DEngineConfig.member(id.value(), data, "another", members)))
                .isInstanceOfSatisfying(
                        StorageFailure.class,
                        failure -> assertThat(failure.kind()).isEqualTo(StorageFailure.Kind.WRONG_CLUSTER));
        assertThatThrownBy(() -> DEngine.start(DEngineConfig.embedded(data))).isInstanceOf(StorageFailure.class);
    }

    @Test
    void aPortInUseIsNamed() throws IOException {
        DEngine follower = followers().get(0);
        NodeId id = follower.nodeId();
        follower.close();
        PeerAddress address = members.get(id);
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress(address.host(), address.port()));
            assertThatThrownBy(() -> DEngine.start(config(id)))
                    .isInstanceOf(PortInUseException.class)
                    .hasMessageContaining(address.toString())
                    .hasNoSuppressedExceptions();
        }
        start(id).awaitReady(PATIENCE);
    }
}
