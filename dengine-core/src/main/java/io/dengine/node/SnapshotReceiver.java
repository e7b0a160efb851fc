package io.dengine.node;

import io.dengine.raft.membership.NodeId;
import io.dengine.storage.SnapshotFile;
import io.dengine.storage.SnapshotManifest;
import io.dengine.storage.file.SnapshotStore;
import io.dengine.storage.file.Staging;
import io.dengine.transport.PeerMessage.Chunk;
import io.dengine.transport.PeerMessage.ChunkRequest;
import io.dengine.transport.PeerTransport;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches one snapshot at a time from the node that offered it, part by part, in order, a few requests ahead. A part
 * that does not come is asked for again, with all behind it, after a pause that grows. Whoever leads by now, the source
 * stays the same as long as it answers: another offer is taken up only when it does not. What was fetched before a
 * restart of this node counts, once the same snapshot is offered again. Not thread-safe: the snapshot agent's.
 */
final class SnapshotReceiver {

    private static final Logger log = LoggerFactory.getLogger(SnapshotReceiver.class);

    /** Requests under way: times the bytes of a part, what bounds the memory of a fetch at both ends. */
    static final int WINDOW = 4;

    /** The longest pause before asking again, and the time without progress after which another offer counts. */
    static final int LONGEST_PAUSE_FACTOR = 8;

    private static final class Fetch {
        private NodeId source;
        private final Staging staging;
        /** Behind the last part asked for. */
        private int askedFile;

        private long askedOffset;
        private int underWay;
        private long pauseNanos;
        private long askAgainNanos;
        private long progressNanos;
        private boolean damagedBefore;
        private boolean complete;

        Fetch(NodeId source, Staging staging, long nowNanos) {
            this.source = source;
            this.staging = staging;
            this.progressNanos = nowNanos;
        }

        UUID id() {
            return staging.manifest().id();
        }

        /** The next thing to ask for is what is missing first. */
        void goBack() {
            askedFile = 0;
            askedOffset = 0;
            underWay = 0;
        }
    }

    private final SnapshotStore store;
    private final PeerTransport transport;
    private final Consumer<SnapshotManifest> arrived;
    private final long shortestPauseNanos;
    private @Nullable Fetch fetch;

    /** A snapshot whose files do not match its manifest: not fetched a third time. */
    private @Nullable UUID useless;

    /**
     * @param arrived gets a snapshot that is complete and durable
     * @param pauseNanos how long to wait for an answer before asking again
     */
    SnapshotReceiver(
            SnapshotStore store, PeerTransport transport, Consumer<SnapshotManifest> arrived, long pauseNanos) {
        this.store = store;
        this.transport = transport;
        this.arrived = arrived;
        this.shortestPauseNanos = pauseNanos;
    }

    /** {@code from} has a snapshot that this node can use. */
    void onOffer(NodeId from, SnapshotManifest manifest, long nowNanos) {
        Fetch present = fetch;
        if (manifest.id().equals(useless)) {
            return;
        }
        if (present != null) {
            if (present.id().equals(manifest.id())) {
                present.source = from;
                return;
            }
            boolean stuck = nowNanos - present.progressNanos >= LONGEST_PAUSE_FACTOR * shortestPauseNanos;
            if (present.complete || !stuck) {
                return;
            }
            log.info("node {} no longer answers: its snapshot {} is given up", present.source, present.id());
            present.staging.close();
        }
        Fetch started = new Fetch(from, store.stage(manifest), nowNanos);
        madeProgress(started, nowNanos);
        fetch = started;
        log.info(
                "fetching snapshot {} from node {}: {} bytes in {} files, {} of them here already, up to entry {}",
                manifest.id(),
                from,
                manifest.sizeBytes(),
                manifest.files().size(),
                started.staging.receivedBytes(),
                manifest.last());
    }

    private void madeProgress(Fetch present, long nowNanos) {
        present.progressNanos = nowNanos;
        present.pauseNanos = shortestPauseNanos;
        present.askAgainNanos = nowNanos + shortestPauseNanos;
    }

    void onChunk(Chunk chunk, long nowNanos) {
        Fetch present = fetch;
        if (present == null || present.complete || !present.id().equals(chunk.snapshotId())) {
            return;
        }
        if (chunk.bytes().isEmpty()) {
            log.info("node {} no longer has snapshot {}", present.source, chunk.snapshotId());
            discard(chunk.snapshotId());
            return;
        }
        // What is damaged or out of order is dropped, and asked for again with what is missing before it.
        if (isIntact(chunk)
                && present.staging.write(
                        chunk.file(), chunk.offset(), chunk.bytes().array())) {
            present.underWay = Math.max(0, present.underWay - 1);
            madeProgress(present, nowNanos);
        }
    }

    private static boolean isIntact(Chunk chunk) {
        CRC32C crc = new CRC32C();
        crc.update(chunk.bytes().array());
        return (int) crc.getValue() == chunk.crc32c();
    }

    /** Does one step of what is due; returns whether there was any. */
    boolean work(long nowNanos) {
        Fetch present = fetch;
        if (present == null || present.complete) {
            return false;
        }
        if (present.staging.firstMissing(1) == null) {
            complete(present);
            return true;
        }
        if (nowNanos - present.askAgainNanos >= 0) {
            present.pauseNanos = Math.min(2 * present.pauseNanos, LONGEST_PAUSE_FACTOR * shortestPauseNanos);
            present.askAgainNanos = nowNanos + present.pauseNanos;
            present.goBack();
        }
        return ask(present);
    }

    private void complete(Fetch present) {
        List<SnapshotFile> damaged = present.staging.complete();
        if (damaged.isEmpty()) {
            present.complete = true;
            arrived.accept(present.staging.manifest());
        } else if (present.damagedBefore) {
            log.error(
                    "snapshot {} of node {} was received twice and is not what its manifest says: {}. Check that node's"
                            + " disk",
                    present.id(),
                    present.source,
                    damaged);
            useless = present.id();
            discard(present.id());
        } else {
            present.damagedBefore = true;
            present.goBack();
        }
    }

    private boolean ask(Fetch present) {
        boolean asked = false;
        while (present.underWay < WINDOW) {
            Staging.Part part =
                    present.staging.missingFrom(present.askedFile, present.askedOffset, SnapshotSender.CHUNK_BYTES);
            if (part == null
                    || !transport.send(
                            present.source, new ChunkRequest(present.id(), part.file(), part.offset(), part.bytes()))) {
                break; // all is asked for; or the source is not connected, and is asked again after the pause
            }
            present.askedFile = part.file();
            present.askedOffset = part.offset() + part.bytes();
            present.underWay++;
            asked = true;
        }
        return asked;
    }

    /** Gives up the snapshot {@code id}, if that is the one being fetched. */
    void discard(UUID id) {
        Fetch present = fetch;
        if (present != null && present.id().equals(id)) {
            fetch = null;
            present.staging.close();
            store.abandonStaging();
        }
    }

    /** The snapshot {@code id} is installed: its files are no longer this fetch's. */
    void onInstalled(UUID id) {
        Fetch present = fetch;
        if (present != null && present.id().equals(id)) {
            fetch = null;
        }
    }

    long nextDueNanos() {
        Fetch present = fetch;
        return present == null || present.complete ? Long.MAX_VALUE : present.askAgainNanos;
    }

    /** Lets go of the files; what was fetched stays. */
    void close() {
        if (fetch != null) {
            fetch.staging.close();
        }
    }
}
