package io.dengine.cli;

import io.dengine.api.CoordinationException;
import io.dengine.api.IndeterminateException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A command that speaks to a cluster. */
abstract class OnlineCommand implements Callable<Integer> {

    /** The client itself says why there was no answer in time, and whether it may have happened; it gets the time to. */
    private static final Duration GRACE = Duration.ofSeconds(3);

    private static final Duration DEFAULT_REQUEST_TIMEOUT = Duration.ofSeconds(5);

    private final Dengine dengine;

    OnlineCommand(Dengine dengine) {
        this.dengine = dengine;
    }

    @Override
    public final Integer call() {
        try (Session session = dengine.connect(timeout().dividedBy(requestTimeouts()))) {
            return run(session).code();
        }
    }

    /** Returns how many request timeouts an answer may take. */
    int requestTimeouts() {
        return 1;
    }

    private Duration timeout() {
        return dengine.timeout != null ? dengine.timeout : DEFAULT_REQUEST_TIMEOUT.multipliedBy(requestTimeouts());
    }

    abstract ExitCode run(Session session);

    final void show(Answer answer) {
        dengine.show(answer);
    }

    /** Waits for an answer; what is not heard of in time may have happened. */
    final <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get(timeout().plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CoordinationException failure) {
                throw failure;
            }
            throw new IllegalStateException("the command failed: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IndeterminateException(
                    "no answer came within " + timeout().toMillis() + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IndeterminateException("interrupted before an answer came", e);
        }
    }
}
