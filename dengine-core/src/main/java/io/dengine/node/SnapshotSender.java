package io.dengine.node;

import io.dengine.api.ByteSequence;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.file.SnapshotStore;
import io.dengine.transport.PeerMessage.Chunk;
import io.dengine.transport.PeerMessage.ChunkRequest;
import io.dengine.transport.PeerTransport;
import java.util.ArrayDeque;
import java.util.zip.CRC32C;

/**
 * Answers those who fetch a snapshot this node has, one part at a time, within a bound on bytes per second. A request
 * beyond the queue's bound is dropped: its sender asks again. Not thread-safe: the snapshot agent's.
 */
final class SnapshotSender {

    /** The most bytes of one part. */
    static final int CHUNK_BYTES = 256 << 10;

    /** The windows of many peers; each request is a few dozen bytes. */
    private static final int MAX_WAITING = 256;

    private record Asked(NodeId from, ChunkRequest request) {}

    private final SnapshotStore store;
    private final PeerTransport transport;
    private final TokenBucket bandwidth;
    private final ArrayDeque<Asked> waiting = new ArrayDeque<>();

    SnapshotSender(SnapshotStore store, PeerTransport transport, TokenBucket bandwidth) {
        this.store = store;
        this.transport = transport;
        this.bandwidth = bandwidth;
    }

    /** Takes a request; one that waits already, asked again out of impatience, is answered once. */
    void onRequest(NodeId from, ChunkRequest request) {
        Asked asked = new Asked(from, request);
        if (waiting.size() < MAX_WAITING && !waiting.contains(asked)) {
            waiting.addLast(asked);
        }
    }

    /** Answers one request, if the bandwidth allows; returns whether it did. */
    boolean work(long nowNanos) {
        if (waiting.isEmpty() || !bandwidth.isOpen(nowNanos)) {
            return false;
        }
        Asked asked = waiting.removeFirst();
        ChunkRequest request = asked.request();
        byte[] bytes = store.read(
                request.snapshotId(), request.file(), request.offset(), Math.min(request.maxBytes(), CHUNK_BYTES));
        bandwidth.take(bytes.length, nowNanos);
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        // Where this cannot be sent the other side hears nothing, and asks again.
        transport.send(
                asked.from(),
                new Chunk(request.snapshotId(), request.file(), request.offset(), ByteSequence.wrap(bytes), (int)
                        crc.getValue()));
        return true;
    }

    long nextDueNanos() {
        return waiting.isEmpty() ? Long.MAX_VALUE : bandwidth.openAtNanos();
    }
}
