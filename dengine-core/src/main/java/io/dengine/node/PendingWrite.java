package io.dengine.node;

import io.dengine.api.CoordinationException;
import io.dengine.api.FatalException;
import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import io.dengine.command.CommandResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * A write of a caller of this node, from admission to answer. Answered exactly once: whoever comes second changes
 * nothing.
 */
final class PendingWrite {

    private final byte[] command;
    private final long startNanos;
    private final long deadlineNanos;
    private final Admission admission;
    private final EngineMeter meter;
    private final LongSupplier nanoClock;
    private final AtomicBoolean answer = new AtomicBoolean();
    private final CompletableFuture<CommandResult> future = new CompletableFuture<>();

    PendingWrite(byte[] command, long timeoutNanos, Admission admission, EngineMeter meter, LongSupplier nanoClock) {
        this.command = command;
        this.startNanos = nanoClock.getAsLong();
        this.deadlineNanos = startNanos + timeoutNanos;
        this.admission = admission;
        this.meter = meter;
        this.nanoClock = nanoClock;
    }

    byte[] command() {
        return command;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    /** Completes on the event loop's thread: dependents must be short and must not be user code. */
    CompletableFuture<CommandResult> future() {
        return future;
    }

    boolean isAnswered() {
        return answer.get();
    }

    void applied(CommandResult result) {
        if (answer.compareAndSet(false, true)) {
            settle(EngineMeter.Outcome.APPLIED);
            future.complete(result);
        }
    }

    void failed(CoordinationException failure) {
        if (answer.compareAndSet(false, true)) {
            settle(outcomeOf(failure));
            future.completeExceptionally(failure);
        }
    }

    private static EngineMeter.Outcome outcomeOf(CoordinationException failure) {
        if (failure instanceof RefusedException) {
            return EngineMeter.Outcome.REFUSED;
        }
        return failure instanceof IndeterminateException
                ? EngineMeter.Outcome.INDETERMINATE
                : EngineMeter.Outcome.FATAL;
    }

    void refused(RefusedException.Reason reason, String text) {
        if (!isAnswered()) {
            failed(new RefusedException(reason, text));
        }
    }

    /** Makes no failure for a write that is answered: most are, when their time is looked at, and its stack trace is dear. */
    void indeterminate(String text) {
        if (!isAnswered()) {
            failed(new IndeterminateException(text));
        }
    }

    void fatal(String text, Throwable cause) {
        if (!isAnswered()) {
            failed(new FatalException(text, cause));
        }
    }

    /** Before the answer: who gets it finds its room free again. */
    private void settle(EngineMeter.Outcome outcome) {
        admission.release(command.length);
        meter.proposal(outcome, nanoClock.getAsLong() - startNanos);
    }
}
