package io.dengine.node;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Bounds what is under way by number and bytes. Thread-safe. */
final class Admission {

    private final int maxCount;
    private final long maxBytes;
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    Admission(int maxCount, long maxBytes) {
        this.maxCount = maxCount;
        this.maxBytes = maxBytes;
    }

    /** Takes room for one request of {@code size} bytes; false, and nothing taken, where there is none. */
    boolean tryAcquire(long size) {
        boolean countFits = count.incrementAndGet() <= maxCount;
        boolean bytesFit = bytes.addAndGet(size) <= maxBytes;
        if (countFits && bytesFit) {
            return true;
        }
        release(size);
        return false;
    }

    /** Gives back what one {@link #tryAcquire} took. */
    void release(long size) {
        count.decrementAndGet();
        bytes.addAndGet(-size);
    }

    int count() {
        return count.get();
    }

    long bytes() {
        return bytes.get();
    }
}
