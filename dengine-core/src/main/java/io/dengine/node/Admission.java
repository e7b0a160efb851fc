package io.dengine.node;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Bounds what is under way by number and bytes. Thread-safe. */
public final class Admission {

    private final int maxCount;
    private final long maxBytes;
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    public Admission(int maxCount, long maxBytes) {
        this.maxCount = maxCount;
        this.maxBytes = maxBytes;
    }

    /** Takes room for one request of {@code size} bytes; false, and nothing taken, where there is none. */
    public boolean tryAcquire(long size) {
        boolean countFits = count.incrementAndGet() <= maxCount;
        boolean bytesFit = bytes.addAndGet(size) <= maxBytes;
        if (countFits && bytesFit) {
            return true;
        }
        release(size);
        return false;
    }

    /** Gives back what one {@link #tryAcquire} took. */
    public void release(long size) {
        count.decrementAndGet();
        bytes.addAndGet(-size);
    }

    public int count() {
        return count.get();
    }

    public long bytes() {
        return bytes.get();
    }
}
