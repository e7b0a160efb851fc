package io.dengine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationException;
import io.dengine.api.IndeterminateException;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.Watch;
import io.dengine.api.WatchRequest;
import io.dengine.client.grpc.ClientSettings;
import io.dengine.client.grpc.ClusterView;
import io.dengine.config.ApiSettings;
import io.dengine.config.Election;
import io.dengine.config.PeerAddress;
import io.dengine.node.NodeStatus;
import io.dengine.raft.membership.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A remote client and three nodes, whose leader changes and which restart. */
@Timeout(60)
class DEngineClientTest {

    private static final ByteSequence KEY = ByteSequence.of("k");

    @TempDir
    Path directory;

    private final Map<NodeId, PeerAddress> apis = new TreeMap<>();
    private LocalCluster cluster;

    @BeforeEach
    void startThree() throws IOException {
        for (int id = 1; id <= 3; id++) {
            apis.put(NodeId.of(id), FreePorts.address());
        }
        cluster = new LocalCluster(
                directory,
                config -> config.with(Election.ofTimeout(Duration.ofMillis(300)))
                        .with(ApiSettings.at(apis.get(config.nodeId()))));
    }

    @AfterEach
    void closeAll() {
        cluster.close();
    }

    private DEngineClient connectTo(DEngine node) {
        return DEngineClient.connect(ClientSettings.of(List.of(apis.get(node.nodeId()))));
    }

    private static ByteSequence value(int number) {
        return ByteSequence.of("v" + number);
    }

    @Test
    void oneMemberIsEnoughToFindAllAndToOutliveIt() {
        DEngine first = cluster.follower();
        await().atMost(LocalCluster.PATIENCE)
                .until(() -> first.cluster().members().details().values().stream()
                        .noneMatch(member -> member.apiAddress().isEmpty()));
        try (DEngineClient client = connectTo(first)) {
            BlockingCoordinationClient store = client.client().blocking();
            for (int i = 0; i < 20; i++) {
                store.put(KEY, value(i));
                assertThat(store.get(KEY, ReadConsistency.LINEARIZABLE).entry().value())
                        .isEqualTo(value(i));
                assertThat(store.get(KEY, ReadConsistency.LEASE).entry().value())
                        .isEqualTo(value(i));
            }
            first.close();
            for (int i = 20; i < 40; i++) {
                store.put(KEY, value(i));
                assertThat(store.get(KEY, ReadConsistency.LINEARIZABLE).entry().value())
                        .isEqualTo(value(i));
            }
        }
    }

    /** Each round the leader closes, which hands over, and comes back. */
    @Test
    void writesAndWatchesGoOnWhileTheLeaderChanges() throws Exception {
        BlockingQueue<Long> revisions = new LinkedBlockingQueue<>();
        try (DEngineClient client = connectTo(cluster.leader());
                Watch watch = client.client()
                        .watch(
                                WatchRequest.prefix(ByteSequence.EMPTY).withFromRevision(2),
                                (revision, events) -> revisions.add(revision))) {
            assertThat(watch.startRevision()).isEqualTo(2);
            List<Long> acknowledged = new ArrayList<>();
            for (int round = 0; round < 3; round++) {
                DEngine old = cluster.leader();
                CompletableFuture<Void> closing = CompletableFuture.runAsync(() -> cluster.stop(old.nodeId()));
                int most = acknowledged.size() + 2000;
                while (!closing.isDone() || acknowledged.size() < 20 * (round + 1)) {
                    assertThat(acknowledged.size()).isLessThan(most);
                    write(client, acknowledged);
                }
                closing.get(20, TimeUnit.SECONDS);
                cluster.start(old.nodeId()).awaitReady(LocalCluster.PATIENCE);
            }
            long last = client.client().blocking().put(KEY, value(-1)).revision();
            for (long expected = 2; expected <= last; expected++) {
                assertThat(revisions.poll(10, TimeUnit.SECONDS)).isEqualTo(expected);
            }
            assertThat(acknowledged).isSorted().doesNotHaveDuplicates().allMatch(revision -> revision < last);
        }
    }

    private static void write(DEngineClient client, List<Long> acknowledged) {
        try {
            acknowledged.add(client.client().blocking().put(KEY, value(0)).revision());
        } catch (IndeterminateException mayHaveHappened) {
            // the stream broke under it
        }
    }

    @Test
    void aWholeClusterThatRestartsIsFoundAgain() throws Exception {
        BlockingQueue<Long> revisions = new LinkedBlockingQueue<>();
        try (DEngineClient client = connectTo(cluster.leader());
                Watch watch =
                        client.client().watch(WatchRequest.key(KEY), (revision, events) -> revisions.add(revision))) {
            long before = client.client().blocking().put(KEY, value(1)).revision();
            assertThat(watch.startRevision()).isLessThanOrEqualTo(before);
            apis.keySet().forEach(cluster::stop);
            assertThatThrownBy(() ->
                            client.client().get(KEY, ReadConsistency.LOCAL).get(100, TimeUnit.MILLISECONDS))
                    .isNotNull();
            apis.keySet().forEach(cluster::start);
            client.awaitReady(LocalCluster.PATIENCE);
            long after = client.client().blocking().put(KEY, value(2)).revision();
            assertThat(revisions.poll(10, TimeUnit.SECONDS)).isEqualTo(before);
            assertThat(revisions.poll(10, TimeUnit.SECONDS)).isEqualTo(after);
        }
    }

    @Test
    void everyCallInFlightEndsWhenTheClusterOrTheClientDoes() throws Exception {
        List<CompletableFuture<PutResult>> writes = new ArrayList<>();
        DEngineClient client = connectTo(cluster.leader());
        client.awaitReady(LocalCluster.PATIENCE);
        for (int i = 0; i < 3000; i++) {
            writes.add(client.client().put(KEY, value(i)));
            if (i == 2000) {
                cluster.stop(cluster.leader().nodeId());
            }
        }
        client.close();
        for (CompletableFuture<PutResult> write : writes) {
            Object outcome = write.<Object>handle((put, failure) -> failure == null ? put : failure)
                    .get(10, TimeUnit.SECONDS);
            assertThat(outcome).isInstanceOfAny(PutResult.class, CoordinationException.class);
        }
    }

    @Test
    void theClusterIsShownAndOrdersAreCarriedOut() throws Exception {
        try (DEngineClient client = connectTo(cluster.follower())) {
            client.awaitReady(LocalCluster.PATIENCE);
            assertThat(client.cluster().members().voters()).isEqualTo(apis.keySet());
            ClusterView view = await().atMost(LocalCluster.PATIENCE)
                    .until(
                            () -> client.cluster().view().get(10, TimeUnit.SECONDS),
                            seen -> seen.members().stream()
                                    .noneMatch(member -> member.apiAddress().isEmpty()));
            assertThat(view.members())
                    .extracting(member -> member.apiAddress())
                    .containsExactlyElementsOf(
                            apis.values().stream().map(PeerAddress::toString).toList());
            NodeId leader = cluster.leader().nodeId();
            assertThat(view.leader()).isEqualTo(leader);
            for (NodeId id : apis.keySet()) {
                NodeStatus status = client.cluster().status(id).get(10, TimeUnit.SECONDS);
                assertThat(status.nodeId()).isEqualTo(id);
                assertThat(status.isLeader()).isEqualTo(id.equals(leader));
            }
            NodeId target = cluster.follower().nodeId();
            client.cluster().transferLeadership(target).get(20, TimeUnit.SECONDS);
            await().atMost(LocalCluster.PATIENCE)
                    .until(() -> cluster.leader().nodeId().equals(target));
            assertThat(client.cluster().snapshot(target).get(20, TimeUnit.SECONDS))
                    .isPositive();
            assertThatThrownBy(() -> client.cluster().promote(NodeId.of(9)).get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            refused -> assertThat(refused.reason()).isEqualTo(RefusedException.Reason.INVALID));
            assertThat(client.cluster().status(NodeId.of(9)))
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableThat()
                    .withCauseInstanceOf(RefusedException.class);
        }
    }
}
