package io.dengine.node;

import io.dengine.api.RefusedException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A caller's wait for the moment from which this node's state includes every write acknowledged before the call.
 * Answered exactly once.
 */
final class PendingRead {

    private final long deadlineNanos;
    private final Admission admission;
    private final AtomicBoolean answer = new AtomicBoolean();
    private final CompletableFuture<Void> future = new CompletableFuture<>();

    PendingRead(long deadlineNanos, Admission admission) {
        this.deadlineNanos = deadlineNanos;
        this.admission = admission;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    /** Completes on the event loop's thread: dependents must be short and must not be user code. */
    CompletableFuture<Void> future() {
        return future;
    }

    boolean isAnswered() {
        return answer.get();
    }

    void ready() {
        if (answer.compareAndSet(false, true)) {
            admission.release(0); // first: who is answered finds its room free again
            future.complete(null);
        }
    }

    void refused(RefusedException.Reason reason, String text) {
        if (answer.compareAndSet(false, true)) {
            admission.release(0);
            future.completeExceptionally(new RefusedException(reason, text));
        }
    }
}
