package io.dengine.node;

import io.dengine.api.ByteSequence;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Snapshots;
import io.dengine.transport.PeerMessage.Chunk;
import io.dengine.transport.PeerMessage.ChunkRequest;
import io.dengine.transport.PeerTransport;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.CRC32C;

/**
 * Answers those who fetch a snapshot this node has, one part at a time, within a bound on bytes per second: to each in its
 * turn the first part it waits for, since it takes them in order only. A request beyond the bound is dropped: its sender
 * asks again. Not thread-safe: the snapshot agent's.
 */
final class SnapshotSender {

    /** The most bytes of one part. */
    static final int CHUNK_BYTES = 256 << 10;

    /** What one peer may wait for: some windows; each request is a few dozen bytes. */
    private static final int MAX_WAITING = 16;

    private static final Comparator<ChunkRequest> IN_ORDER =
            Comparator.comparingInt(ChunkRequest::file).thenComparingLong(ChunkRequest::offset);

    private final Snapshots store;
    private final PeerTransport transport;
    private final TokenBucket bandwidth;

    /** By peer, whose turn is next first, and bounded by who belongs to the cluster; parts of one snapshot, never none. */
    private final Map<NodeId, TreeSet<ChunkRequest>> waiting = new LinkedHashMap<>();

    SnapshotSender(Snapshots store, PeerTransport transport, TokenBucket bandwidth) {
        this.store = store;
        this.transport = transport;
        this.bandwidth = bandwidth;
    }

    /** Takes a request; one that waits already, asked again out of impatience, is answered once. */
    void onRequest(NodeId from, ChunkRequest request) {
        TreeSet<ChunkRequest> parts = waiting.computeIfAbsent(from, absent -> new TreeSet<>(IN_ORDER));
        if (!parts.isEmpty() && !parts.first().snapshotId().equals(request.snapshotId())) {
            parts.clear(); // it fetches one at a time, and has given up the other
        }
        if (parts.size() < MAX_WAITING) {
            parts.add(request);
        }
    }

    /** Answers one request, if the bandwidth allows; returns whether it did. */
    boolean work(long nowNanos) {
        if (waiting.isEmpty() || !bandwidth.isOpen(nowNanos)) {
            return false;
        }
        Map.Entry<NodeId, TreeSet<ChunkRequest>> next =
                waiting.entrySet().iterator().next();
        NodeId to = next.getKey();
        TreeSet<ChunkRequest> parts = next.getValue();
        ChunkRequest request = parts.first();
        parts.remove(request);
        waiting.remove(to);
        if (!parts.isEmpty()) {
            waiting.put(to, parts); // behind the others
        }
        byte[] bytes = store.read(
                request.snapshotId(), request.file(), request.offset(), Math.min(request.maxBytes(), CHUNK_BYTES));
        bandwidth.take(bytes.length, nowNanos);
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        // Where this cannot be sent the other side hears nothing, and asks again.
        transport.send(
                to, new Chunk(request.snapshotId(), request.file(), request.offset(), ByteSequence.wrap(bytes), (int)
                        crc.getValue()));
        return true;
    }

    long nextDueNanos() {
        return waiting.isEmpty() ? Long.MAX_VALUE : bandwidth.openAtNanos();
    }
}
