package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.api.RefusedException;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import io.dengine.config.Election;
import io.dengine.config.LogSettings;
import io.dengine.config.SnapshotSettings;
import io.dengine.raft.RoleKind;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableChange;
import io.dengine.storage.SnapshotManifest;
import io.dengine.storage.StagedSnapshot;
import io.dengine.storage.StorageFailure;
import io.dengine.transport.PeerMessage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Three whole nodes, stepped by hand: who falls behind the log is fed by a snapshot, who differs fetches the state. */
class SnapshotNodesTest {

    private static final int PURGE_BYTES = 64 << 10;

    private static SteppedCluster cluster() {
        return cluster(Duration.ofMinutes(10));
    }

    private static SteppedCluster cluster(Duration keep) {
        return new SteppedCluster(config -> config.with(new LogSettings(64 << 10, 1 << 20, 4, 0, PURGE_BYTES))
                .with(new SnapshotSettings(1 << 30, keep, 20)));
    }

    /** Lets a follower miss more than the others keep; returns it. */
    private static int leaveBehind(SteppedCluster cluster) {
        int behind = cluster.follower();
        cluster.cutOff.add(behind);
        cluster.pass(Duration.ofSeconds(15));
        cluster.putMany(400, 1000);
        assertThat(cluster.leader().log.base().index()).isGreaterThan(cluster.applied(behind));
        return behind;
    }

    @Test
    void aFollowerThatFellBehindTheLogIsFedByASnapshotAndGoesOn() {
        SteppedCluster cluster = cluster();
        cluster.write("early");
        int behind = leaveBehind(cluster);
        cluster.cutOff.clear();
        cluster.until(() ->
                cluster.applied(behind) == cluster.leader().state.applied().index());
        cluster.write("late");
        cluster.until(() ->
                cluster.applied(behind) == cluster.leader().state.applied().index());
        assertThat(cluster.local(behind, "early")).isNotNull();
        assertThat(cluster.local(behind, "k399")).isNotNull();
        assertThat(cluster.local(behind, "late")).isNotNull();
        assertThat(cluster.node(behind).state.applied().stateHash())
                .isEqualTo(cluster.leader().state.applied().stateHash());
        assertThat(cluster.node(behind).log.base().index()).isGreaterThan(1);
        assertThat(cluster.status(behind).health()).isEqualTo(NodeHealth.SERVING);
    }

    @Test
    void aWatchOnTheFollowerSeesAllThatHappenedMeanwhile() {
        SteppedCluster cluster = cluster();
        int behind = cluster.follower();
        List<Long> seen = new ArrayList<>();
        cluster.node(behind).watches.watch(WatchRequest.prefix(ByteSequence.of("k")), new WatchListener() {
            @Override
            public void onEvents(long revision, List<WatchEvent> events) {
                seen.add(revision);
            }

            @Override
            public void onClosed(Throwable cause) {
                throw new AssertionError(cause);
            }
        });
        assertThat(leaveBehind(cluster)).isEqualTo(behind);
        assertThat(seen).isEmpty();
        cluster.cutOff.clear();
        cluster.until(() ->
                cluster.applied(behind) == cluster.leader().state.applied().index());
        assertThat(seen).hasSize(400);
        assertThat(seen).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void aReadThatWaitsForAnEntryInTheSnapshotIsAnsweredWithIt() {
        SteppedCluster cluster = cluster();
        int behind = leaveBehind(cluster);
        cluster.cutOff.clear();
        cluster.lost = sent -> sent.message() instanceof PeerMessage.Chunk;
        cluster.until(() -> cluster.status(behind).leader() != null);
        CompletableFuture<Void> read = cluster.node(behind).node.readBarrier(Duration.ofSeconds(60));
        cluster.pass(Duration.ofSeconds(3));
        assertThat(read).isNotDone();
        cluster.lost = sent -> false;
        cluster.until(read::isDone);
        assertThat(read).isCompleted();
        assertThat(cluster.local(behind, "k399")).isNotNull();
    }

    @Test
    void aFetchGoesOnFromItsSourceWhenTheLeaderHasChanged() {
        SteppedCluster cluster = cluster();
        int behind = leaveBehind(cluster);
        int source = cluster.leading();
        List<Integer> sources = new ArrayList<>();
        cluster.lost = sent -> {
            if (sent.message() instanceof PeerMessage.ChunkRequest) {
                sources.add(sent.to().value());
                return sources.size() > 2 && sources.size() < 6;
            }
            return false;
        };
        cluster.cutOff.clear();
        cluster.until(() -> sources.size() >= 2);
        // Deaf to the others it loses its leadership; it still answers who asks for parts.
        SteppedNode old = cluster.node(source);
        cluster.lost = sent -> {
            if (sent.message() instanceof PeerMessage.ChunkRequest) {
                sources.add(sent.to().value());
            }
            return sent.message() instanceof PeerMessage.Consensus && sent.to().equals(NodeId.of(source));
        };
        cluster.until(() -> old.node.status().role() != RoleKind.LEADER);
        cluster.lost = sent -> false;
        cluster.until(() -> cluster.leading() != 0
                && cluster.applied(behind) == cluster.leader().state.applied().index());
        assertThat(sources).containsOnly(source);
    }

    /** Steps the cluster until the follower has caught up; returns the snapshots that it asked for parts of. */
    private static Set<UUID> fetchedUntilCaughtUp(SteppedCluster cluster, int behind, Duration within) {
        Set<UUID> asked = new HashSet<>();
        cluster.lost = sent -> {
            if (sent.message() instanceof PeerMessage.ChunkRequest request) {
                asked.add(request.snapshotId());
            }
            return false;
        };
        cluster.cutOff.clear();
        for (long seconds = 0;
                seconds < within.toSeconds()
                        && cluster.applied(behind)
                                < cluster.leader().state.applied().index();
                seconds++) {
            cluster.pass(Duration.ofSeconds(1));
        }
        return asked;
    }

    /** A part takes twenty election timeouts, four seconds. */
    private static SteppedCluster slowCluster(Duration keep) {
        return new SteppedCluster(config -> config.with(new LogSettings(64 << 10, 1 << 20, 4, 0, PURGE_BYTES))
                .with(new Election(Duration.ofMillis(200), Duration.ofMillis(40), 0.1))
                .with(new SnapshotSettings(64 << 10, keep, 1_000_000)));
    }

    @Test
    void aSnapshotThatTakesLongerToFetchThanItIsKeptStaysUntilItIsThere() {
        SteppedCluster cluster = slowCluster(Duration.ofSeconds(4));
        int behind = leaveBehind(cluster);
        assertThat(fetchedUntilCaughtUp(cluster, behind, Duration.ofMinutes(2))).hasSize(1);
        assertThat(cluster.local(behind, "k399")).isNotNull();
    }

    @Test
    void aSnapshotThatIsFetchedForFarTooLongIsGivenUp() {
        SteppedCluster cluster = slowCluster(Duration.ofMillis(500));
        int behind = leaveBehind(cluster);
        assertThat(fetchedUntilCaughtUp(cluster, behind, Duration.ofSeconds(40)))
                .hasSizeGreaterThan(1);
    }

    @Test
    void aSlowFetchIsNotSentToANewerSnapshot() {
        SteppedCluster cluster = cluster(Duration.ofSeconds(10));
        int behind = leaveBehind(cluster);
        Set<UUID> fetched = new HashSet<>();
        cluster.lost = sent -> {
            if (sent.message() instanceof PeerMessage.ChunkRequest request) {
                fetched.add(request.snapshotId());
            }
            return sent.message() instanceof PeerMessage.Chunk;
        };
        cluster.cutOff.clear();
        // Longer than a snapshot is kept, and than the fetch waits for its source before it takes up another offer.
        cluster.pass(Duration.ofSeconds(40));
        cluster.write("late");
        cluster.lost = sent -> {
            if (sent.message() instanceof PeerMessage.ChunkRequest request) {
                fetched.add(request.snapshotId());
            }
            return false;
        };
        cluster.until(() ->
                cluster.applied(behind) == cluster.leader().state.applied().index());
        assertThat(fetched).hasSize(1);
    }

    @Test
    void aSnapshotOfAnotherKindIsRefused() {
        SteppedCluster cluster = cluster();
        int behind = cluster.follower();
        SnapshotManifest manifest = new SnapshotManifest(
                new UUID(5, 5),
                new EntryId(1, 1_000_000),
                0,
                1,
                0,
                Membership.ofVoters(List.of(NodeId.of(1))),
                "other",
                List.of());
        SteppedNode node = cluster.node(behind);
        node.peers.say(cluster.leading(), new PeerMessage.SnapshotOffer(manifest));
        node.step();
        assertThat(node.peers.take(PeerMessage.ChunkRequest.class)).isEmpty();
        cluster.pass(Duration.ofSeconds(1));
        assertThat(cluster.status(behind).health()).isEqualTo(NodeHealth.SERVING);
    }

    /** Changes a row behind the state machine's back, as bad memory might. */
    private static void spoil(SteppedNode node) {
        spoil(node, 1);
    }

    /**
     * @param hashChange how the hash that is carried along changes: 0 for damage that it does not see
     */
    private static void spoil(SteppedNode node, long hashChange) {
        AppliedState applied = node.tables.applied();
        StoredValue wrong = new StoredValue(ByteSequence.of("wrong"), 1, 1, 1, 0);
        node.tables.apply(
                Map.of(ByteSequence.of("spoiled"), new TableChange(wrong, 0)),
                new AppliedState(
                        applied.index(),
                        applied.term(),
                        applied.revision(),
                        applied.clusterTimeMillis(),
                        applied.stateHash() + hashChange,
                        applied.membership()));
    }

    @Test
    void aFollowerWhoseStateDiffersServesNoReadsUntilItHasFetchedItAgain() {
        SteppedCluster cluster = cluster();
        cluster.putMany(3, 10);
        int bad = cluster.follower();
        SteppedNode node = cluster.node(bad);
        spoil(node);
        assertThat(cluster.local(bad, "spoiled")).isNotNull();
        cluster.lost = sent -> sent.message() instanceof PeerMessage.Chunk;
        cluster.putMany(30, 10);
        cluster.until(() -> cluster.status(bad).health() == NodeHealth.QUARANTINED);
        assertThat(cluster.status(bad).detail()).contains("differs");
        assertThatThrownBy(() -> node.node.view())
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(RefusedException.Reason.UNAVAILABLE));
        assertThat(node.node.readBarrier(Duration.ofSeconds(1))).isCompletedExceptionally();
        long stoppedAt = cluster.applied(bad);
        cluster.putMany(30, 10);
        assertThat(cluster.applied(bad)).isEqualTo(stoppedAt);
        assertThat(node.log.last()).isEqualTo(cluster.leader().log.last());

        assertThat(node.directory().whyStateIsDistrusted()).contains("differs");

        cluster.lost = sent -> false;
        cluster.until(() -> cluster.status(bad).health() == NodeHealth.SERVING);
        assertThat(node.directory().whyStateIsDistrusted()).isNull();
        cluster.until(
                () -> cluster.applied(bad) == cluster.leader().state.applied().index());
        assertThat(cluster.local(bad, "spoiled")).isNull();
        assertThat(cluster.local(bad, "k29")).isNotNull();
        cluster.putMany(50, 10);
        assertThat(cluster.status(bad).health()).isEqualTo(NodeHealth.SERVING);
        assertThat(node.state.applied().stateHash())
                .isEqualTo(cluster.leader().state.applied().stateHash());
    }

    @Test
    void aDistrustedStateIsNotServedAfterARestartEither() {
        SteppedCluster cluster = cluster();
        cluster.putMany(3, 10);
        int bad = cluster.follower();
        SteppedNode restarted = cluster.node(bad).restarted(directory -> directory.distrustState("was found wrong"));
        cluster.nodes.put(bad, restarted);
        assertThat(restarted.node.status().health()).isEqualTo(NodeHealth.QUARANTINED);
        cluster.until(() -> cluster.status(bad).health() == NodeHealth.SERVING);
        assertThat(cluster.local(bad, "k2")).isNotNull();
    }

    /** Installs a snapshot as if the process had ended before it opened the state, and restarts the node; its table stays as it is. */
    private static SteppedNode restartedBehindInstallation(SteppedCluster cluster, int number, long stateHash) {
        AppliedState applied = cluster.node(number).tables.applied();
        SnapshotManifest manifest = new SnapshotManifest(
                new UUID(5, 5),
                new EntryId(applied.term(), applied.index()),
                applied.clusterTimeMillis(),
                applied.revision(),
                stateHash,
                applied.membership(),
                "memory",
                List.of());
        cluster.node(number).tables.flush();
        SteppedNode restarted = cluster.node(number).restarted(directory -> {
            try (StagedSnapshot staging = directory.snapshots().stage(manifest)) {
                assertThat(staging.complete()).isEmpty();
            }
            directory.install(manifest, false);
        });
        cluster.nodes.put(number, restarted);
        return restarted;
    }

    @Test
    void aStateThatNobodyHasLookedAtBeforeTheRestartIsCheckedAndServed() {
        SteppedCluster cluster = cluster();
        cluster.putMany(3, 10);
        int number = cluster.follower();
        long stateHash = cluster.node(number).tables.applied().stateHash();
        SteppedNode restarted = restartedBehindInstallation(cluster, number, stateHash);
        assertThat(restarted.node.status().health()).isNotEqualTo(NodeHealth.QUARANTINED);
        restarted.node.view().close();
        assertThat(restarted.directory().uncheckedSnapshot()).isNull();
    }

    @Test
    void aStateThatNobodyHasLookedAtBeforeTheRestartIsNotServedIfItIsWrong() {
        SteppedCluster cluster = cluster();
        cluster.putMany(3, 10);
        int number = cluster.follower();
        long stateHash = cluster.node(number).tables.applied().stateHash();
        SteppedNode restarted = restartedBehindInstallation(cluster, number, stateHash + 1);
        assertThat(restarted.node.status().health()).isEqualTo(NodeHealth.QUARANTINED);
        assertThatThrownBy(() -> restarted.node.view()).isInstanceOf(RefusedException.class);
        assertThat(restarted.directory().whyStateIsDistrusted()).contains("does not have the hash");
        cluster.until(() -> cluster.status(number).health() == NodeHealth.SERVING);
        assertThat(restarted.directory().uncheckedSnapshot()).isNull();
    }

    @Test
    void aSnapshotThatIsNotWhatItClaimsIsNotServedAndRememberedAsWrong() {
        SteppedCluster cluster = cluster();
        int behind = leaveBehind(cluster);
        List<SnapshotManifest> offered = new ArrayList<>();
        cluster.lost = sent -> {
            if (sent.message() instanceof PeerMessage.SnapshotOffer offer) {
                offered.add(offer.manifest());
            }
            return sent.message() instanceof PeerMessage.SnapshotOffer;
        };
        cluster.cutOff.clear();
        cluster.until(() -> !offered.isEmpty());
        SnapshotManifest claims = withStateHash(offered.get(0), offered.get(0).stateHash() + 1);
        cluster.node(behind).peers.say(cluster.leading(), new PeerMessage.SnapshotOffer(claims));
        assertThatThrownBy(() -> cluster.until(() -> cluster.applied(behind) > 400))
                .isInstanceOf(StorageFailure.class)
                .hasMessageContaining("does not have the hash");
        assertThat(cluster.node(behind).directory().whyStateIsDistrusted()).contains("does not have the hash");
    }

    private static SnapshotManifest withStateHash(SnapshotManifest manifest, long stateHash) {
        return new SnapshotManifest(
                manifest.id(),
                manifest.last(),
                manifest.clusterTimeMillis(),
                manifest.revision(),
                stateHash,
                manifest.membership(),
                manifest.store(),
                manifest.files());
    }

    @Test
    void aSnapshotOfRowsThatTheirHashWasNotKeptOfIsOfferedToNobodyAndItsNodeFetchesThem() {
        SteppedCluster cluster = cluster();
        cluster.putMany(3, 10);
        int bad = cluster.leading();
        spoil(cluster.leader(), 0);
        List<PeerMessage.SnapshotOffer> offers = new ArrayList<>();
        cluster.lost = sent -> {
            if (sent.message() instanceof PeerMessage.SnapshotOffer offer) {
                offers.add(offer);
            }
            return false;
        };
        CompletableFuture<SnapshotManifest> taken = cluster.leader().node.takeSnapshot();
        cluster.until(taken::isDone);
        assertThat(taken).isCompletedExceptionally();
        assertThat(offers).isEmpty();
        assertThat(cluster.status(bad).health()).isEqualTo(NodeHealth.QUARANTINED);
        cluster.until(() -> cluster.status(bad).health() == NodeHealth.SERVING);
        assertThat(cluster.local(bad, "spoiled")).isNull();
        assertThat(cluster.local(bad, "k2")).isNotNull();
    }

    @Test
    void aFollowerThatDiffersIsCuredAlsoWhenNothingIsWrittenAnyMore() {
        SteppedCluster cluster = cluster();
        int bad = cluster.follower();
        spoil(cluster.node(bad));
        long index = cluster.leader().state.applied().index();
        cluster.putMany((int) (20 - index % 20), 10);
        cluster.until(() -> cluster.status(bad).health() == NodeHealth.QUARANTINED);
        cluster.until(() -> cluster.status(bad).health() == NodeHealth.SERVING);
        assertThat(cluster.local(bad, "spoiled")).isNull();
    }

    @Test
    void aLeaderWhoseStateDiffersHandsOverAndFetchesIt() {
        SteppedCluster cluster = cluster();
        int bad = cluster.leading();
        spoil(cluster.node(bad));
        for (int i = 0; i < 40 && cluster.leading() == bad; i++) {
            CompletableFuture<?> put = cluster.put("k" + i, new byte[10]);
            assertThat(put).isNotNull(); // the leader may be giving way
            cluster.pass(Duration.ofMillis(20));
        }
        cluster.until(() -> cluster.leading() != 0 && cluster.leading() != bad);
        cluster.until(() -> cluster.status(bad).health() == NodeHealth.SERVING);
        assertThat(cluster.local(bad, "spoiled")).isNull();
        assertThat(cluster.status(bad).role()).isEqualTo(RoleKind.FOLLOWER);
    }

    @Test
    void aSnapshotTakenByHandIsKeptForAWhileAndThenDeleted() {
        SteppedCluster cluster = cluster();
        cluster.putMany(5, 10);
        SteppedNode leader = cluster.leader();
        CompletableFuture<SnapshotManifest> taken = leader.node.takeSnapshot();
        cluster.pass(Duration.ofMillis(100));
        SnapshotManifest manifest = taken.join();
        assertThat(manifest.last().index()).isEqualTo(leader.state.applied().index());
        assertThat(manifest.membership().voters()).hasSize(3);
        Path directory =
                Path.of("node" + cluster.leading(), "snapshots", manifest.id().toString(), "state");
        assertThat(leader.disk.list(directory)).isNotEmpty();
        cluster.pass(Duration.ofMinutes(11));
        assertThat(leader.disk.list(directory)).isEmpty();
    }
}
