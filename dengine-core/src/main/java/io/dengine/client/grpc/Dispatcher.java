package io.dengine.client.grpc;

import com.google.protobuf.Message;
import io.dengine.api.CoordinationException;
import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.client.grpc.PendingCall.Request;
import io.dengine.config.Limits;
import io.dengine.node.Admission;
import io.dengine.proto.v1.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Follows each call from its caller to its answer: lets in as many as may, finds a node for each, tries again what was
 * refused, and gives up what is due. Each call ends once, whatever happens.
 *
 * <p>{@link #submit} comes from any thread; everything else belongs to the loop.
 */
final class Dispatcher {

    private static final long SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** A node answers a call that is late by itself, and says more than that it is late. */
    private static final long ANSWER_GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** A cluster without a leader finds one within about this. */
    private static final long AVOID_LEADERLESS_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** For a node that takes no part, or ends. */
    private static final long AVOID_USELESS_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ClientCore core;
    private final ClientLoop loop;
    private final Backoff backoff;
    private final Limits limits;
    private final Admission writes;
    private final Admission reads;

    private final Queue<PendingCall> inbox = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private volatile boolean closing;

    /** All calls without an answer, in the order given, which is that of their deadlines. */
    private final Set<PendingCall> calls = new LinkedHashSet<>();
    /** As calls; orders have more time. */
    private final Set<PendingCall> orders = new LinkedHashSet<>();

    private boolean sweeping;
    /** To be run when the last call has its answer. */
    private @Nullable Runnable whenIdle;

    Dispatcher(ClientCore core, Backoff backoff) {
        this.core = core;
        this.loop = core.loop();
        this.backoff = backoff;
        this.limits = core.settings().limits();
        this.writes = new Admission(limits.maxPendingProposals(), limits.maxPendingBytes());
        this.reads = new Admission(limits.maxPendingReads(), limits.maxPendingBytes());
    }

    /** Begins a call. The future completes on the loop: nothing may be hung on it that can block. */
    CompletableFuture<Message> submit(Request request, Duration timeout) {
        PendingCall call = new PendingCall(request, loop.nanoTime() + timeout.toNanos());
        if (closing) {
            return CompletableFuture.failedFuture(closed());
        }
        if (!admissionOf(call).tryAcquire(call.bytes)) {
            return CompletableFuture.failedFuture(overloaded(request.write()));
        }
        inbox.add(call);
        if (woken.compareAndSet(false, true) && !loop.execute(this::takeInbox)) {
            takeInbox(); // the loop has ended, and nobody else would: all that is done here is to refuse
        }
        return call.answer;
    }

    private Admission admissionOf(PendingCall call) {
        return call.request.write() ? writes : reads;
    }

    private RefusedException overloaded(boolean write) {
        return new RefusedException(
                Reason.OVERLOADED,
                write
                        ? "this client has as many writes under way as limits.max-pending-proposals and"
                                + " limits.max-pending-bytes allow"
                        : "this client has as many reads under way as limits.max-pending-reads and"
                                + " limits.max-pending-bytes allow");
    }

    private static RefusedException closed() {
        return new RefusedException(Reason.CLOSED, "the client is closed");
    }

    private void takeInbox() {
        woken.set(false); // first: what is added from now on wakes the loop again
        for (PendingCall call = inbox.poll(); call != null; call = inbox.poll()) {
            if (closing) {
                admissionOf(call).release(call.bytes);
                call.answer.completeExceptionally(closed());
            } else {
                setOf(call).add(call);
                route(call);
            }
        }
        if (!closing) {
            core.nodes().connections().forEach(Connection::flush);
            sweepLater();
        }
    }

    private Set<PendingCall> setOf(PendingCall call) {
        return call.request.exchange() ? calls : orders;
    }

    private void route(PendingCall call) {
        Connection connection = core.nodes().choose(call.request.target());
        if (connection == null) {
            core.refreshSoon();
            retry(call, new RefusedException(Reason.UNAVAILABLE, core.nodes().describe()), 0);
        } else {
            connection.add(call);
        }
    }

    void answered(PendingCall call, Message answer) {
        if (finish(call)) {
            call.answer.complete(answer);
            noteIdle();
        }
    }

    private void fail(PendingCall call, CoordinationException failure) {
        if (finish(call)) {
            call.answer.completeExceptionally(failure);
            noteIdle();
        }
    }

    /** Returns false if the call has ended before. */
    private boolean finish(PendingCall call) {
        if (!setOf(call).remove(call)) {
            return false;
        }
        admissionOf(call).release(call.bytes);
        return true;
    }

    private void noteIdle() {
        Runnable then = whenIdle;
        if (then != null && calls.isEmpty() && orders.isEmpty()) {
            whenIdle = null;
            then.run();
        }
    }

    /**
     * A try has failed.
     *
     * @param told what the node said; null if it said nothing
     */
    void failed(PendingCall call, CoordinationException cause, @Nullable Failure told) {
        Connection connection = call.connection;
        call.connection = null;
        call.sent = false;
        if (told != null && connection != null) {
            heed(told, connection.node());
        }
        if (cause instanceof RefusedException refused && mayRetry(refused.reason())) {
            retry(call, refused, told == null ? 0 : TimeUnit.MILLISECONDS.toNanos(told.getRetryAfterMillis()));
        } else {
            fail(call, cause);
        }
    }

    /** What the present state of the cluster, or of one node, is the reason for. An UNSAFE order is for whoever gave it. */
    static boolean mayRetry(Reason reason) {
        return switch (reason) {
            case NO_LEADER, OVERLOADED, TIMEOUT, UNAVAILABLE -> true;
            case UNSAFE, TOO_LARGE, INVALID, COMPACTED, CLOSED -> false;
        };
    }

    /** Draws from a failure what it says about its node. */
    void heed(Failure told, Node node) {
        if (told.hasLeader()) {
            core.nodes().learn(told.getLeader());
        }
        switch (told.getReason()) {
            case REASON_NO_LEADER -> {
                node.avoid(loop.nanoTime(), AVOID_LEADERLESS_NANOS);
                core.refreshSoon();
            }
            case REASON_UNAVAILABLE, REASON_CLOSED -> node.avoid(loop.nanoTime(), AVOID_USELESS_NANOS);
            default -> {
                if (told.getFailureClass() == io.dengine.proto.v1.FailureClass.FAILURE_CLASS_FATAL) {
                    node.avoid(loop.nanoTime(), AVOID_USELESS_NANOS);
                }
            }
        }
    }

    private void retry(PendingCall call, RefusedException refusal, long notBeforeNanos) {
        call.refusal = refusal;
        call.attempts++;
        long pause = Math.max(backoff.pauseNanos(call.attempts), notBeforeNanos);
        boolean late = loop.nanoTime() + pause - call.deadlineNanos >= 0;
        if (closing || late || core.settings().retry().maxPerSecond() == 0) {
            fail(call, refusal);
        } else {
            loop.schedule(() -> again(call), pause);
        }
    }

    private void again(PendingCall call) {
        if (!setOf(call).contains(call)) {
            return;
        }
        if (!backoff.tryTake(loop.nanoTime())) {
            loop.schedule(() -> again(call), backoff.waitForBudgetNanos());
            return;
        }
        route(call);
        if (call.connection != null) {
            call.connection.flush();
        }
    }

    private void sweepLater() {
        if (!sweeping && !(calls.isEmpty() && orders.isEmpty())) {
            sweeping = true;
            loop.schedule(this::sweep, SWEEP_NANOS);
        }
    }

    /** Ends what is due. */
    private void sweep() {
        sweeping = false;
        List<PendingCall> due = new ArrayList<>();
        collectDue(calls, due);
        collectDue(orders, due);
        due.forEach(this::giveUp);
        sweepLater();
    }

    private void collectDue(Set<PendingCall> pending, List<PendingCall> due) {
        long now = loop.nanoTime();
        for (PendingCall call : pending) {
            if (now - call.deadlineNanos < 0) {
                return;
            }
            if (!call.sent || now - call.deadlineNanos >= ANSWER_GRACE_NANOS) {
                due.add(call);
            }
        }
    }

    private void giveUp(PendingCall call) {
        Connection connection = call.connection;
        CoordinationException failure = late(call);
        fail(call, failure);
        if (connection != null) {
            call.connection = null;
            connection.forget(call);
        }
    }

    private static CoordinationException late(PendingCall call) {
        if (call.sent && call.request.write()) {
            return new IndeterminateException("there was no answer in time: the write may have happened, or may yet");
        }
        RefusedException last = call.refusal;
        if (!call.sent && last != null) {
            return last;
        }
        return new RefusedException(
                call.sent ? Reason.TIMEOUT : Reason.UNAVAILABLE,
                call.sent ? "there was no answer in time" : "no node could be reached in time");
    }

    /** Refuses what has not left, and runs {@code whenIdle} once all that has is answered. */
    void close(Runnable whenIdle) {
        closing = true;
        takeInbox();
        this.whenIdle = whenIdle;
        for (PendingCall call : everything()) {
            if (!call.sent) {
                Connection connection = call.connection;
                fail(call, closed());
                if (connection != null) {
                    connection.forget(call);
                }
            }
        }
        noteIdle();
    }

    /** Refuses new calls from now on. From any thread. */
    void refuseAll() {
        closing = true;
    }

    /** Ends what is left. */
    void abandon() {
        whenIdle = null;
        for (PendingCall call : everything()) {
            fail(
                    call,
                    call.sent && call.request.write()
                            ? new IndeterminateException(
                                    "the client was closed before there was an answer: the write may have happened, or may yet")
                            : closed());
        }
    }

    private List<PendingCall> everything() {
        List<PendingCall> all = new ArrayList<>(calls);
        all.addAll(orders);
        return all;
    }
}
