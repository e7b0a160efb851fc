package io.dengine.client.grpc;

import com.google.protobuf.Message;
import io.dengine.api.CoordinationException;
import io.dengine.proto.v1.ClusterGrpc;
import io.dengine.proto.v1.Failure;
import io.dengine.proto.v1.MembersRequest;
import io.dengine.proto.v1.MembersResponse;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to one node. It lives once: what comes after it is another one, which resolves the name and asks for the TLS
 * anew. Begins with the question who the members are. Belongs to the loop.
 */
final class Connection {

    private static final int CONNECT_TIMEOUT_MILLIS = 2_000;
    private static final long HELLO_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long KEEP_ALIVE_SECONDS = 10;
    private static final long KEEP_ALIVE_TIMEOUT_SECONDS = 5;

    /** Values of one read are at most 64 MiB, their keys come on top. */
    private static final int MAX_ANSWER_BYTES = 96 << 20;

    /** Members that have just started tell their API addresses within about 2 s; some have none to tell. */
    private static final int MAX_EAGER_QUESTIONS = 20;

    private static final Logger log = LoggerFactory.getLogger(Connection.class);

    private enum State {
        CONNECTING,
        OPEN,
        ENDED
    }

    private final Node node;
    private final ClientCore core;
    private final ClientLoop loop;
    private final ManagedChannel channel;
    private State state = State.CONNECTING;

    /** All that was given to this connection and has no answer. */
    private final Set<PendingCall> pending = new LinkedHashSet<>();
    /** Those of them that wait for the connection to open. */
    private final Set<PendingCall> early = new LinkedHashSet<>();

    private final Map<PendingCall, UnaryCall> unary = new HashMap<>();
    private @Nullable Exchange exchange;
    private @Nullable WatchStream watches;
    private int incompleteAnswers;
    private long roundTripNanos = Long.MAX_VALUE;
    private long heardAtNanos;
    private long usedAtNanos;

    Connection(Node node, ClientCore core) {
        this.node = node;
        this.core = core;
        this.loop = core.loop();
        this.heardAtNanos = loop.nanoTime();
        this.usedAtNanos = heardAtNanos;
        this.channel = channelTo(node, core);
        loop.execute(() -> sayHello(true)); // not before its owner knows this connection
    }

    private static ManagedChannel channelTo(Node node, ClientCore core) {
        NettyChannelBuilder builder = NettyChannelBuilder.forTarget("dns:///" + node.address)
                .eventLoopGroup(core.loop().threads())
                .channelType(NioSocketChannel.class)
                .directExecutor()
                .disableRetry()
                .disableServiceConfigLookUp()
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .maxInboundMessageSize(MAX_ANSWER_BYTES);
        Supplier<SslContext> tls = core.settings().tls();
        if (tls == null) {
            builder.usePlaintext();
        } else {
            builder.sslContext(tls.get());
        }
        return builder.build();
    }

    /** Asks who the members are: whether the node is there at all, how far away, and whom it knows. */
    private void sayHello(boolean first) {
        if (state == State.ENDED) {
            return;
        }
        long start = loop.nanoTime();
        UnaryCall.start(
                loop,
                channel,
                ClusterGrpc.getMembersMethod(),
                MembersRequest.getDefaultInstance(),
                HELLO_TIMEOUT_NANOS,
                (answer, failure, trailers) -> {
                    if (state == State.ENDED) {
                        return;
                    }
                    if (answer instanceof MembersResponse members) {
                        welcomed(members, loop.nanoTime() - start);
                    } else if (first) {
                        refusedAtTheDoor(failure, trailers);
                    }
                });
    }

    /** Says a failure of TLS in the log as well, once until there is another: it does not pass by itself. */
    private void refusedAtTheDoor(@Nullable Status failure, @Nullable Metadata trailers) {
        if (failure == null) {
            end("no answer");
            return;
        }
        String ofTls = Failures.ofTls(failure, core.settings().tls());
        if (ofTls != null && !ofTls.equals(node.problem)) {
            log.warn("no connection to {}: {}", node, ofTls);
        }
        boolean cutOff =
                core.settings().tls() == null && Failures.told(trailers) == null && Failures.wasCutOff(failure);
        end(ofTls != null ? ofTls : Failures.text(failure) + (cutOff ? "; the node may want TLS" : ""));
    }

    private void welcomed(MembersResponse members, long tookNanos) {
        heard();
        roundTripNanos = Math.min(roundTripNanos, tookNanos);
        String problem = core.nodes().learn(node, members);
        boolean incomplete = members.getMembersList().stream()
                .anyMatch(member -> member.getApiAddress().isEmpty());
        if (incomplete && ++incompleteAnswers <= MAX_EAGER_QUESTIONS) {
            core.refreshSoon();
        }
        if (problem != null) {
            end(problem);
        } else if (state == State.CONNECTING) {
            state = State.OPEN;
            node.failures = 0;
            channel.notifyWhenStateChanged(ConnectivityState.READY, () -> loop.onLoop(this::lost));
            if (watches != null) {
                watches.start(channel);
            }
            List<PendingCall> waiting = new ArrayList<>(early);
            early.clear();
            waiting.forEach(this::begin);
            flush();
        }
    }

    private void lost() {
        if (state == State.OPEN && channel.getState(false) != ConnectivityState.READY) {
            end("the connection broke");
        }
    }

    /** Asks again who the members are. */
    void refresh() {
        if (state == State.OPEN) {
            sayHello(false);
        }
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    long roundTripNanos() {
        return roundTripNanos;
    }

    Node node() {
        return node;
    }

    ManagedChannel channel() {
        return channel;
    }

    void heard() {
        heardAtNanos = loop.nanoTime();
    }

    /** Returns whether nothing has used this connection for a time. */
    boolean isIdle(long nanos) {
        boolean unused = pending.isEmpty() && (watches == null || watches.isEmpty());
        return unused && loop.nanoTime() - usedAtNanos > nanos;
    }

    /** Takes a call over. It leaves with the next {@link #flush}. */
    void add(PendingCall call) {
        usedAtNanos = loop.nanoTime();
        call.connection = this;
        call.sent = false;
        pending.add(call);
        if (state == State.OPEN) {
            begin(call);
        } else {
            early.add(call);
        }
    }

    private void begin(PendingCall call) {
        if (mayTravelOnStream(call)) {
            Exchange stream = exchange;
            if (stream == null) {
                stream = new Exchange(this, loop, channel);
                exchange = stream;
            }
            stream.add(call);
            return;
        }
        call.sent = true;
        call.sentAtNanos = loop.nanoTime();
        unary.put(
                call,
                UnaryCall.start(
                        loop,
                        channel,
                        call.request.method(),
                        call.request.message(),
                        TimeUnit.MILLISECONDS.toNanos(millisLeft(call, call.sentAtNanos)),
                        (answer, failure, trailers) -> unaryEnded(call, answer, failure, trailers)));
    }

    /** A large request goes alone: one that the node does not take costs no other its answer then. */
    private boolean mayTravelOnStream(PendingCall call) {
        return call.request.exchange()
                && core.settings().calls() == ClientSettings.Calls.STREAM
                && call.bytes <= Exchange.FRAME_BYTES;
    }

    /** Returns the milliseconds until {@code call} is due, 1 or more. */
    static int millisLeft(PendingCall call, long nowNanos) {
        long millis = TimeUnit.NANOSECONDS.toMillis(call.deadlineNanos - nowNanos);
        return (int) Math.min(Integer.MAX_VALUE, Math.max(1, millis));
    }

    void flush() {
        if (exchange != null) {
            exchange.flush();
        }
    }

    private void unaryEnded(
            PendingCall call, @Nullable Message answer, @Nullable Status failure, @Nullable Metadata trailers) {
        unary.remove(call);
        if (!pending.contains(call)) {
            return;
        }
        Failure told = Failures.told(trailers);
        if (answer != null) {
            heard();
            answered(call, answer);
        } else if (told != null) {
            heard();
            failed(call, told);
        } else if (failure != null) {
            pending.remove(call);
            core.dispatcher().failed(call, Failures.of(failure, node.toString(), call.request.write()), null);
        }
    }

    void answered(PendingCall call, Message answer) {
        pending.remove(call);
        core.dispatcher().answered(call, answer);
    }

    void failed(PendingCall call, Failure failure) {
        pending.remove(call);
        CoordinationException cause = Failures.of(failure, call.request.write());
        core.dispatcher().failed(call, cause, failure);
    }

    /** Drops a call that is given up; a node that has said nothing since it was sent is given up as well. */
    void forget(PendingCall call) {
        pending.remove(call);
        early.remove(call);
        if (exchange != null) {
            exchange.forget(call);
        }
        UnaryCall single = unary.remove(call);
        if (single != null) {
            single.cancel();
        }
        if (call.sent && call.sentAtNanos - heardAtNanos > 0) {
            end("it has not answered for " + TimeUnit.NANOSECONDS.toMillis(loop.nanoTime() - heardAtNanos) + " ms");
        }
    }

    WatchStream watches() {
        WatchStream stream = watches;
        if (stream == null) {
            stream = new WatchStream(this, core);
            watches = stream;
            if (state == State.OPEN) {
                stream.start(channel);
            }
        }
        usedAtNanos = loop.nanoTime();
        return stream;
    }

    void streamEnded(String what, Status status, @Nullable Metadata trailers) {
        Failure told = Failures.told(trailers);
        end(told != null ? told.getText() : what + " ended: " + Failures.text(status));
    }

    /** Lets the node answer what was sent, and sends no more. */
    void finish() {
        if (state == State.OPEN && exchange != null) {
            exchange.finish();
        }
    }

    /** Ends this connection. What was not sent has not happened; of writes that were sent nobody knows. */
    void end(String why) {
        if (state == State.ENDED) {
            return;
        }
        state = State.ENDED;
        node.connection = null;
        node.problem = why;
        node.failures++;
        channel.shutdownNow();
        core.connectionEnded(this);
        List<PendingCall> open = List.copyOf(pending);
        pending.clear();
        for (PendingCall call : open) {
            CoordinationException cause = call.sent && call.request.write()
                    ? Failures.lostWrite(node.toString(), why)
                    : Failures.unreachable(node.toString(), why);
            core.dispatcher().failed(call, cause, null);
        }
        if (watches != null) {
            watches.ended(Failures.unreachable(node.toString(), why));
        }
    }
}
