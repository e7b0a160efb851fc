package io.dengine.server;

import io.dengine.api.RefusedException;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Answers calls of one request. Thread-safe. */
final class UnaryCalls {

    private final StatusMapper statuses;

    UnaryCalls(StatusMapper statuses) {
        this.statuses = statuses;
    }

    /**
     * Answers {@code call} with what {@code operation} makes, or with its failure. Nothing is begun whose deadline has passed;
     * what passes its deadline later runs on, and gRPC has answered the call by then.
     */
    <T> void answer(StreamObserver<T> call, Supplier<CompletableFuture<T>> operation) {
        answer(call, operation, statuses::exception);
    }

    /** What becomes of a failure. */
    interface FailureAnswer {
        RuntimeException of(Throwable cause);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the stage only answers
    <T> void answer(StreamObserver<T> call, Supplier<CompletableFuture<T>> operation, FailureAnswer failed) {
        // A handler, even of nothing, says that an answer nobody waits for is no error.
        ((ServerCallStreamObserver<T>) call).setOnCancelHandler(() -> {});
        CompletableFuture<T> answer;
        try {
            refuseIfLate();
            answer = operation.get();
        } catch (RuntimeException e) {
            call.onError(failed.of(e));
            return;
        }
        answer.whenComplete((value, failure) -> {
            if (failure == null) {
                call.onNext(value);
                call.onCompleted();
            } else {
                call.onError(failed.of(failure));
            }
        });
    }

    private static void refuseIfLate() {
        Deadline deadline = Context.current().getDeadline();
        if (deadline != null && deadline.isExpired()) {
            throw new RefusedException(
                    RefusedException.Reason.TIMEOUT, "the deadline had passed before the request was begun");
        }
    }
}
