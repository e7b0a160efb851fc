package io.dengine.sim;

import java.util.PriorityQueue;

/** Virtual time: does what was planned, in the order of time and, at one time, of planning. */
final class Scheduler {

    private record Event(long timeNanos, long number, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(timeNanos, other.timeNanos);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    private final PriorityQueue<Event> queue = new PriorityQueue<>();
    private long nowNanos;
    private long planned;
    private long done;

    /** Returns the true time, which no node knows. */
    long now() {
        return nowNanos;
    }

    /** Returns the number of events done. */
    long done() {
        return done;
    }

    void at(long timeNanos, Runnable action) {
        queue.add(new Event(Math.max(timeNanos, nowNanos), planned++, action));
    }

    void after(long delayNanos, Runnable action) {
        at(nowNanos + delayNanos, action);
    }

    /** Does the next event; returns false if there is none until {@code untilNanos}. */
    boolean step(long untilNanos) {
        Event next = queue.peek();
        if (next == null || next.timeNanos() > untilNanos) {
            nowNanos = Math.max(nowNanos, untilNanos);
            return false;
        }
        queue.remove();
        nowNanos = next.timeNanos();
        done++;
        next.action().run();
        return true;
    }
}
