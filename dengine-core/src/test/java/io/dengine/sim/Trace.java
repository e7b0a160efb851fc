package io.dengine.sim;

/** What happened: all of it in one hash, the newest of it as text. */
final class Trace {

    /** More for a closer look. */
    private static final int KEPT = Integer.getInteger("dengine.sim.trace", 60);

    private final Scheduler scheduler;
    private final Object[] kept = new Object[KEPT];
    private long count;
    private long hash = 0xcbf29ce484222325L;

    private record Line(long timeNanos, int node, String what, long first, long second, Object detail) {
        @Override
        public String toString() {
            return "%12.6f ms  node %d  %-16s %d %d %s"
                    .formatted(timeNanos / 1e6, node, what, first, second, detail == null ? "" : detail);
        }
    }

    Trace(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /**
     * @param node the node's number; 0 for none
     * @param detail for the reader only: its text is made when it is read, and it is no part of the hash
     */
    void add(String what, int node, long first, long second, Object detail) {
        mix(scheduler.now());
        mix(what.hashCode());
        mix(node);
        mix(first);
        mix(second);
        kept[(int) (count++ % KEPT)] = new Line(scheduler.now(), node, what, first, second, detail);
    }

    private void mix(long value) {
        hash = (hash ^ value) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 29;
    }

    long hash() {
        return hash;
    }

    /** Returns the newest lines, oldest first. */
    String newest() {
        StringBuilder text = new StringBuilder();
        for (long i = Math.max(0, count - KEPT); i < count; i++) {
            text.append(kept[(int) (i % KEPT)]).append('\n');
        }
        return text.toString();
    }
}
