package io.dengine.node;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Runs each agent on a daemon thread of its own, parked while there is nothing to do. */
public final class AgentThreads implements AgentRunner {

    private final String prefix;
    private final LongSupplier nanoClock;

    /**
     * @param prefix begins each thread's name
     * @param nanoClock the monotonic clock that {@link Agent#nextDueNanos()} refers to
     */
    public AgentThreads(String prefix, LongSupplier nanoClock) {
        this.prefix = prefix;
        this.nanoClock = nanoClock;
    }

    @Override
    public Handle start(Agent agent, FailureHandler onFailure) {
        Loop loop = new Loop(agent, onFailure);
        loop.thread.start();
        return loop;
    }

    private final class Loop implements Runnable, Handle {

        private final Agent agent;
        private final FailureHandler onFailure;
        private final Thread thread;

        /** Set before the last look for work and cleared by whoever posts some, so that no wake-up is lost between the two. */
        private final AtomicBoolean idle = new AtomicBoolean();

        private volatile boolean stopped;

        Loop(Agent agent, FailureHandler onFailure) {
            this.agent = agent;
            this.onFailure = onFailure;
            this.thread = new Thread(this, prefix + "-" + agent.name());
            thread.setDaemon(true);
        }

        @Override
        public void run() {
            try {
                while (!stopped) {
                    if (agent.doWork()) {
                        continue;
                    }
                    idle.set(true);
                    if (!agent.doWork() && !stopped && idle.get()) {
                        park();
                    }
                    idle.set(false);
                }
            } catch (Throwable t) {
                onFailure.failed(agent, t);
            }
        }

        private void park() {
            long due = agent.nextDueNanos();
            if (due == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else {
                long nanos = due - nanoClock.getAsLong();
                if (nanos > 0) {
                    LockSupport.parkNanos(this, nanos);
                }
            }
        }

        @Override
        public void wake() {
            if (idle.get() && idle.compareAndSet(true, false)) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public boolean stop(Duration timeout) {
            stopped = true;
            LockSupport.unpark(thread);
            if (Thread.currentThread() == thread) {
                return true;
            }
            // An interrupt must not cut this short: the caller goes on to close what the agent works on.
            boolean interrupted = false;
            long deadline = nanoClock.getAsLong() + timeout.toNanos();
            for (long left = timeout.toNanos(); left > 0 && thread.isAlive(); left = deadline - nanoClock.getAsLong()) {
                try {
                    TimeUnit.NANOSECONDS.timedJoin(thread, left);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return !thread.isAlive();
        }
    }
}
