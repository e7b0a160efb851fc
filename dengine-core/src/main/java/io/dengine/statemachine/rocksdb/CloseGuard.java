package io.dengine.statemachine.rocksdb;

import io.dengine.api.RefusedException;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps native memory alive while a call uses it: calls share the guard, close waits for those inside and turns later ones
 * away. RocksDB does not check: a call on a closed database ends the JVM. Thread-safe; calls may nest, also while a close
 * waits.
 */
final class CloseGuard {

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    /** Enters; {@link #exit()} must follow. */
    void enter() {
        if (!tryEnter()) {
            throw new RefusedException(RefusedException.Reason.CLOSED, "the table store is closed");
        }
    }

    /** Enters unless closed; returns whether {@link #exit()} must follow. */
    boolean tryEnter() {
        lock.readLock().lock();
        if (closed) {
            lock.readLock().unlock();
            return false;
        }
        return true;
    }

    void exit() {
        lock.readLock().unlock();
    }

    /** Runs {@code release} once, alone. */
    void close(Runnable release) {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                release.run();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
