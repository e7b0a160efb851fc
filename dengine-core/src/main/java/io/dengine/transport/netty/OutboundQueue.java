package io.dengine.transport.netty;

import io.dengine.transport.PeerMessage;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one peer's connection: an urgent lane that overtakes a bulk lane, each bounded in bytes. Refuses while
 * closed. Thread-safe.
 */
final class OutboundQueue {

    /** Bounds the urgent lane, beside the bulk lane's bound: a full bulk lane must not silence heartbeats. */
    static final long URGENT_BYTES = 256 * 1024;

    private final ArrayDeque<Waiting> urgent = new ArrayDeque<>();
    private final ArrayDeque<Waiting> bulk = new ArrayDeque<>();
    private final long maxBulkBytes;
    private long urgentBytes;
    private long bulkBytes;
    private boolean open;

    /**
     * A message and what it will take on the wire.
     *
     * @param message the message
     * @param frameBytes its frame's size
     */
    record Waiting(PeerMessage message, int frameBytes) {}

    OutboundQueue(long maxBulkBytes) {
        this.maxBulkBytes = maxBulkBytes;
    }

    /** Returns false if the queue is closed or the message's lane is full. */
    synchronized boolean offer(PeerMessage message, int frameBytes, boolean isUrgent) {
        if (!open) {
            return false;
        }
        if (isUrgent) {
            if (urgentBytes + frameBytes > URGENT_BYTES) {
                return false;
            }
            urgentBytes += frameBytes;
            urgent.add(new Waiting(message, frameBytes));
        } else {
            if (bulkBytes + frameBytes > maxBulkBytes) {
                return false;
            }
            bulkBytes += frameBytes;
            bulk.add(new Waiting(message, frameBytes));
        }
        return true;
    }

    /** Takes the next message, or returns null if there is none or its frame is larger than {@code maxFrameBytes}. */
    synchronized @Nullable Waiting poll(int maxFrameBytes) {
        boolean isUrgent = !urgent.isEmpty();
        ArrayDeque<Waiting> lane = isUrgent ? urgent : bulk;
        Waiting next = lane.peek();
        if (next == null || next.frameBytes() > maxFrameBytes) {
            return null;
        }
        lane.remove();
        if (isUrgent) {
            urgentBytes -= next.frameBytes();
        } else {
            bulkBytes -= next.frameBytes();
        }
        return next;
    }

    synchronized void open() {
        open = true;
    }

    /** Drops what waits: it was meant for a connection that is gone. */
    synchronized void close() {
        open = false;
        clear();
    }

    synchronized void clear() {
        urgent.clear();
        bulk.clear();
        urgentBytes = 0;
        bulkBytes = 0;
    }

    synchronized boolean isEmpty() {
        return urgent.isEmpty() && bulk.isEmpty();
    }

    synchronized boolean isOpen() {
        return open;
    }
}
