package io.dengine.node;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives agents their turns as tasks of one thread that has other work too, so that the two do not wake one another. The executor
 * must run one task at a time.
 *
 * <p>A network's event loop goes through all tasks there are, new ones too, before it looks at its sockets again. What one of its own
 * tasks schedules, if only for now, comes behind that. So that is what each fifth wake-up waits for.
 */
public final class ScheduledAgents implements AgentRunner {

    /** The turns an agent takes at a time, and how many times before the thread's other work. */
    private static final int TURNS_AT_ONCE = 4;

    private final ScheduledExecutorService thread;
    private final LongSupplier nanoClock;

    /**
     * @param thread ended by its owner, only once every agent has been stopped
     * @param nanoClock the monotonic clock that {@link Agent#nextDueNanos()} refers to
     */
    public ScheduledAgents(ScheduledExecutorService thread, LongSupplier nanoClock) {
        this.thread = thread;
        this.nanoClock = nanoClock;
    }

    @Override
    public Handle start(Agent agent, FailureHandler onFailure) {
        Turns turns = new Turns(agent, onFailure);
        turns.wake();
        return turns;
    }

    private final class Turns implements Handle {

        private final Agent agent;
        private final FailureHandler onFailure;
        private final Runnable woken = this::onWake;

        /** Whether a task is queued whose turn begins after now. */
        private final AtomicBoolean coming = new AtomicBoolean();

        private volatile boolean stopped;
        private volatile @Nullable Thread inTurn;

        // Of the thread.
        private int inARow;
        private @Nullable Future<?> alarm;
        private long alarmNanos;

        Turns(Agent agent, FailureHandler onFailure) {
            this.agent = agent;
            this.onFailure = onFailure;
        }

        @Override
        public void wake() {
            if (!coming.get() && coming.compareAndSet(false, true)) {
                try {
                    thread.execute(woken);
                } catch (RejectedExecutionException e) {
                    stopped = true; // the thread has ended, which its owner does last
                }
            }
        }

        @SuppressWarnings("FutureReturnValueIgnored") // a turn reports its failure itself
        private void onWake() {
            inARow++;
            if (inARow > TURNS_AT_ONCE) {
                inARow = 0;
                thread.schedule(woken, 0, TimeUnit.NANOSECONDS);
                return;
            }
            coming.set(false); // first: what is posted from now on wakes it again
            takeTurns();
        }

        private void onAlarm() {
            alarm = null;
            takeTurns();
        }

        private void takeTurns() {
            inTurn = Thread.currentThread();
            try {
                for (int i = 0; i < TURNS_AT_ONCE && !stopped; i++) {
                    if (!agent.doWork()) {
                        setAlarm();
                        return;
                    }
                }
                if (!stopped) {
                    wake();
                }
            } catch (Throwable t) {
                stopped = true;
                onFailure.failed(agent, t);
            } finally {
                inTurn = null;
            }
        }

        /** An alarm that is too early costs a turn, and setting it anew each time costs more. */
        private void setAlarm() {
            long due = agent.nextDueNanos();
            if (due == Long.MAX_VALUE || (alarm != null && alarmNanos <= due)) {
                return;
            }
            if (alarm != null) {
                alarm.cancel(false);
            }
            alarmNanos = due;
            alarm = thread.schedule(this::onAlarm, Math.max(0, due - nanoClock.getAsLong()), TimeUnit.NANOSECONDS);
        }

        @Override
        public boolean stop(Duration timeout) {
            stopped = true;
            if (inTurn == Thread.currentThread()) {
                return true;
            }
            CountDownLatch ended = new CountDownLatch(1);
            try {
                thread.execute(ended::countDown);
            } catch (RejectedExecutionException e) {
                return true; // the thread has ended
            }
            return await(ended, timeout);
        }

        /** An interrupt must not cut this short: the caller goes on to close what the agent works on. */
        private boolean await(CountDownLatch ended, Duration timeout) {
            boolean interrupted = false;
            long deadline = nanoClock.getAsLong() + timeout.toNanos();
            for (long left = timeout.toNanos(); left > 0; left = deadline - nanoClock.getAsLong()) {
                try {
                    if (ended.await(left, TimeUnit.NANOSECONDS)) {
                        break;
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return ended.getCount() == 0;
        }
    }
}
