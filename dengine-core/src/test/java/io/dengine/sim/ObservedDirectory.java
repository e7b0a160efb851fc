package io.dengine.sim;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.NodeDirectory;
import io.dengine.storage.SnapshotManifest;
import io.dengine.storage.Snapshots;
import io.dengine.storage.Standing;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** A node's directory, which tells when a snapshot takes the place of the state. */
final class ObservedDirectory implements NodeDirectory {

    private final Simulation simulation;
    private final Life life;
    private final NodeDirectory directory;

    ObservedDirectory(Simulation simulation, Life life, NodeDirectory directory) {
        this.simulation = simulation;
        this.life = life;
        this.directory = directory;
    }

    @Override
    public void install(SnapshotManifest manifest, boolean resetLog) {
        life.installing = true;
        simulation.nemesis().ambush().onInstallation(life.node());
        directory.install(manifest, resetLog);
    }

    @Override
    public void trustState() {
        directory.trustState();
        life.installing = false;
    }

    @Override
    public Path state() {
        return directory.state();
    }

    @Override
    public Path history() {
        return directory.history();
    }

    @Override
    public Snapshots snapshots() {
        return directory.snapshots();
    }

    @Override
    public void deleteOldGenerations() {
        directory.deleteOldGenerations();
    }

    @Override
    public SnapshotManifest uncheckedSnapshot() {
        SnapshotManifest unchecked = directory.uncheckedSnapshot();
        if (unchecked != null) {
            simulation.faults().count(Faults.Kind.RESTART_UNCHECKED);
        }
        return unchecked;
    }

    @Override
    public void distrustState(String reason) {
        directory.distrustState(reason);
    }

    @Override
    public String whyStateIsDistrusted() {
        return directory.whyStateIsDistrusted();
    }

    @Override
    public UUID storageId() {
        return directory.storageId();
    }

    @Override
    public Standing standing() {
        return directory.standing();
    }

    @Override
    public void become(Standing standing) {
        directory.become(standing);
    }

    @Override
    public UUID rememberedStorage(NodeId peer) {
        return directory.rememberedStorage(peer);
    }

    @Override
    public List<PeerAddress> seeds() {
        return directory.seeds();
    }

    @Override
    public void rememberSeeds(Collection<PeerAddress> addresses) {
        directory.rememberSeeds(addresses);
    }
}
