package io.dengine.server;

import io.dengine.proto.v1.Answer;
import io.dengine.proto.v1.ExchangeRequest;
import io.dengine.proto.v1.ExchangeResponse;
import io.dengine.proto.v1.Operation;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Many operations over one stream. Operations begin in the order sent and are answered as they finish; answers that are ready
 * together leave in one frame. No more is read or begun while as many operations wait for an answer as may, or as many
 * bytes of answers for the client as may. Thread-safe.
 */
final class ExchangeStream implements StreamObserver<ExchangeRequest> {

    /** Large enough to make a frame's own cost nothing, small enough not to hold up the first answer in it. */
    private static final int FRAME_BYTES = 64 << 10;

    /** Answers to these may be large, and their size is not known before. */
    private static final int MAX_LARGE_READS = 8;

    /**
     * What all streams share.
     *
     * @param maxInFlight the most operations of one stream that wait for an answer
     * @param maxUnsentBytes the bytes of answers from which on nothing more is begun
     */
    record Environment(
            Operations operations, StatusMapper statuses, OpenStreams streams, int maxInFlight, int maxUnsentBytes) {}

    private final Environment environment;
    private final ServerCallStreamObserver<ExchangeResponse> call;
    private final Outbox<Answer, ExchangeResponse> answers;
    private final Runnable ending = this::stop;

    // Guarded by this.
    private final Set<Long> inFlight = new HashSet<>();
    private int largeReads;
    private Iterator<Operation> frame = Collections.emptyIterator();
    /** Taken from the frame, and waits for a large read to end. */
    private @Nullable Operation held;
    /** Whether a frame was asked for that has not come. */
    private boolean asked;
    /** Whether the client sends no more. */
    private boolean halfClosed;
    /** Whether the server stops. */
    private boolean stopping;
    /** Whether nothing matters any more. */
    private boolean over;

    ExchangeStream(Environment environment, ServerCallStreamObserver<ExchangeResponse> call) {
        this.environment = environment;
        this.call = call;
        call.disableAutoRequest();
        call.setOnCancelHandler(this::abandon);
        call.setOnCloseHandler(this::abandon);
        this.answers = new Outbox<>(
                call,
                some -> ExchangeResponse.newBuilder().addAllAnswers(some).build(),
                FRAME_BYTES,
                environment.maxUnsentBytes(),
                this::proceed);
        environment.streams().opened(ending);
        answers.turn();
    }

    @Override
    public void onNext(ExchangeRequest request) {
        synchronized (this) {
            frame = request.getOperationsList().iterator();
            asked = false;
        }
        answers.turn();
    }

    @Override
    public void onCompleted() {
        synchronized (this) {
            halfClosed = true;
        }
        answers.turn();
    }

    @Override
    public void onError(Throwable cause) {
        abandon();
    }

    private void abandon() {
        synchronized (this) {
            over = true;
        }
        answers.abandon();
        environment.streams().closed(ending);
    }

    /** Lets what is under way end, and begins nothing more. */
    private void stop() {
        synchronized (this) {
            stopping = true;
        }
        answers.turn();
    }

    /** Begins what may begin, then asks for more or ends. By one thread at a time. */
    private void proceed() {
        for (Operation next = nextToBegin(); next != null; next = nextToBegin()) {
            begin(next);
        }
        boolean ask;
        boolean end;
        boolean stopped;
        synchronized (this) {
            boolean idle = !over && held == null && !frame.hasNext();
            end = idle && (halfClosed || stopping) && inFlight.isEmpty();
            ask = idle && !halfClosed && !stopping && !asked && inFlight.size() < environment.maxInFlight();
            asked |= ask;
            stopped = stopping;
        }
        if (ask) {
            call.request(1);
        }
        if (end) {
            answers.end(stopped ? environment.statuses().exception(OpenStreams.closing()) : null);
        }
    }

    private synchronized @Nullable Operation nextToBegin() {
        if (over || answers.isFull() || inFlight.size() >= environment.maxInFlight()) {
            return null;
        }
        Operation next = held;
        if (next == null) {
            if (!frame.hasNext()) {
                return null;
            }
            next = frame.next();
        }
        boolean waits = isLarge(next) && largeReads >= MAX_LARGE_READS;
        held = waits ? next : null;
        return waits ? null : next;
    }

    private static boolean isLarge(Operation operation) {
        return operation.hasScan() || operation.hasGetAll();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the stage only answers
    private void begin(Operation operation) {
        Operation.RequestCase kind = operation.getRequestCase();
        if (kind == Operation.RequestCase.REQUEST_NOT_SET) {
            fail("operation " + operation.getId() + " has no request that this version knows");
            return;
        }
        boolean stopped;
        synchronized (this) {
            if (!inFlight.add(operation.getId())) {
                fail("operation " + operation.getId() + " is sent a second time before it is answered");
                return;
            }
            largeReads += isLarge(operation) ? 1 : 0;
            stopped = stopping;
        }
        CompletableFuture<Answer.Builder> answer;
        try {
            answer = stopped ? CompletableFuture.failedFuture(OpenStreams.closing()) : run(operation, kind);
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        if (operation.getTimeoutMillis() != 0 && !answer.isDone()) {
            answer = answer.orTimeout(Integer.toUnsignedLong(operation.getTimeoutMillis()), TimeUnit.MILLISECONDS);
        }
        answer.whenComplete((done, failure) -> finish(operation, done, failure));
    }

    private CompletableFuture<Answer.Builder> run(Operation operation, Operation.RequestCase kind) {
        Operations operations = environment.operations();
        return switch (kind) {
            case PUT -> operations.put(operation.getPut()).thenApply(Answer.newBuilder()::setPut);
            case DELETE -> operations.delete(operation.getDelete()).thenApply(Answer.newBuilder()::setDelete);
            case COMPARE_AND_SET ->
                operations.compareAndSet(operation.getCompareAndSet()).thenApply(Answer.newBuilder()::setCompareAndSet);
            case GET -> operations.get(operation.getGet()).thenApply(Answer.newBuilder()::setGet);
            case GET_ALL -> operations.getAll(operation.getGetAll()).thenApply(Answer.newBuilder()::setGetAll);
            case SCAN -> operations.scan(operation.getScan()).thenApply(Answer.newBuilder()::setScan);
            case REQUEST_NOT_SET -> throw new AssertionError(kind);
        };
    }

    private void finish(Operation operation, Answer.@Nullable Builder done, @Nullable Throwable failure) {
        Answer.Builder answer = done;
        if (answer == null) {
            Throwable cause = failure == null ? new AssertionError(operation.getId()) : failure;
            answer = Answer.newBuilder()
                    .setFailure(environment.statuses().failure(StatusMapper.orTimedOut(cause, isWrite(operation))));
        }
        Answer whole = answer.setId(operation.getId()).build();
        synchronized (this) {
            // Both at once: between them the stream would end without this answer, or the client meet its id as one in
            // use.
            answers.queue(whole);
            inFlight.remove(operation.getId());
            largeReads -= isLarge(operation) ? 1 : 0;
        }
        answers.turn();
    }

    private static boolean isWrite(Operation operation) {
        return operation.hasPut() || operation.hasDelete() || operation.hasCompareAndSet();
    }

    private void fail(String problem) {
        synchronized (this) {
            over = true;
        }
        answers.fail(environment.statuses().exception(Messages.invalid(problem)));
    }
}
