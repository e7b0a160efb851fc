package io.dengine.raft.progress;

/** The append requests under way to one peer: a bounded ring of the last index of each, ascending. */
final class Inflights {

    private final long[] lastIndexes;
    private int start;
    private int count;

    Inflights(int capacity) {
        lastIndexes = new long[capacity];
    }

    boolean isFull() {
        return count == lastIndexes.length;
    }

    boolean isEmpty() {
        return count == 0;
    }

    void add(long lastIndex) {
        if (isFull()) {
            throw new IllegalStateException("all " + count + " append slots are taken");
        }
        lastIndexes[(start + count) % lastIndexes.length] = lastIndex;
        count++;
    }

    /** Frees every request that an acceptance up to {@code index} answers: one answer stands for all before it. */
    void freeUpTo(long index) {
        while (count > 0 && lastIndexes[start] <= index) {
            start = (start + 1) % lastIndexes.length;
            count--;
        }
    }

    void clear() {
        count = 0;
    }
}
