package io.dengine.client;

import io.dengine.api.CoordinationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** Takes answers off the thread they arrive on, before user code may see them. Thread-safe. */
public final class Answers {

    private Answers() {}

    /** Returns what {@code answer} makes of {@code source}, completed on one of {@code callbacks}. */
    @SuppressWarnings("FutureReturnValueIgnored") // the stage only hands over, into a future that is returned
    public static <T, R> CompletableFuture<R> onCallbackThread(
            CompletableFuture<T> source, Function<T, R> answer, Executor callbacks) {
        CompletableFuture<R> result = new CompletableFuture<>();
        source.whenComplete((value, failure) -> {
            Runnable completion = () -> {
                if (failure != null) {
                    result.completeExceptionally(failure);
                } else {
                    complete(result, answer, value);
                }
            };
            try {
                callbacks.execute(completion);
            } catch (RejectedExecutionException e) {
                completion.run(); // closed, and its own thread has ended: this is the closing thread
            }
        });
        return result;
    }

    private static <T, R> void complete(CompletableFuture<R> result, Function<T, R> answer, T value) {
        try {
            result.complete(answer.apply(value));
        } catch (RuntimeException | Error failure) { // nobody else would ever complete the future
            result.completeExceptionally(failure);
        }
    }

    /**
     * Waits on the caller's thread, without a hop to another.
     *
     * @param unanswered makes the failure, of the reason, where no answer comes or the wait is interrupted
     */
    public static <T> T await(
            CompletableFuture<T> answer, long waitNanos, Function<String, CoordinationException> unanswered) {
        try {
            return answer.get(waitNanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CoordinationException failure) {
                failure.addSuppressed(new CallSite());
                throw failure;
            }
            throw new AssertionError("an operation fails only with its own exceptions", e);
        } catch (TimeoutException e) {
            throw unanswered.apply("there was no answer in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unanswered.apply("the waiting thread was interrupted");
        }
    }

    /** Marks where the caller waited: the failure itself was made on another thread. */
    private static final class CallSite extends Exception {

        private static final long serialVersionUID = 1L;

        CallSite() {
            super("the caller waited here");
        }
    }
}
