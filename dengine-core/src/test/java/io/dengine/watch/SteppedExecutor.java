package io.dengine.watch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;

/** Runs tasks when the test says so, in the order it says. */
final class SteppedExecutor implements Executor {

    private final List<Runnable> tasks = new ArrayList<>();
    private boolean rejecting;

    @Override
    public void execute(Runnable task) {
        if (rejecting) {
            throw new RejectedExecutionException("no room");
        }
        tasks.add(task);
    }

    void rejecting(boolean rejecting) {
        this.rejecting = rejecting;
    }

    void runAny(RandomGenerator random) {
        if (!tasks.isEmpty()) {
            tasks.remove(random.nextInt(tasks.size())).run();
        }
    }

    void runAll() {
        while (!tasks.isEmpty()) {
            tasks.remove(0).run();
        }
    }

    int waiting() {
        return tasks.size();
    }
}
