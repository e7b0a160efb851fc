package io.dengine.cli;

import io.dengine.api.CoordinationException;
import io.dengine.api.IndeterminateException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A command that speaks to a cluster. */
abstract class OnlineCommand implements Callable<Integer> {

    private final Dengine dengine;

    OnlineCommand(Dengine dengine) {
        this.dengine = dengine;
    }

    @Override
    public final Integer call() {
        try (Session session = dengine.connect()) {
            return run(session).code();
        }
    }

    abstract ExitCode run(Session session);

    final void show(Answer answer) {
        dengine.show(answer);
    }

    /** Waits for an answer; what is not heard of in time may have happened. */
    final <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get(dengine.timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CoordinationException failure) {
                throw failure;
            }
            throw new IllegalStateException("the command failed: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IndeterminateException("no answer came within " + dengine.timeout.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IndeterminateException("interrupted before an answer came", e);
        }
    }
}
