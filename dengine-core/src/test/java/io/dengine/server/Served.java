package io.dengine.server;

import com.google.protobuf.ByteString;
import io.dengine.DEngine;
import io.dengine.FreePorts;
import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Durability;
import io.dengine.config.Election;
import io.dengine.config.Limits;
import io.dengine.config.PeerAddress;
import io.dengine.config.StateStore;
import io.dengine.proto.v1.Failure;
import io.dengine.raft.membership.NodeId;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;

/** Nodes in memory that serve clients, and connections to them. */
final class Served implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(20);

    final Map<Integer, DEngine> engines = new TreeMap<>();
    final Map<Integer, PeerAddress> apis = new TreeMap<>();
    private final Deque<ManagedChannel> channels = new ArrayDeque<>();

    /** One node, without peers. */
    static Served single(UnaryOperator<DEngineConfig> change) {
        Served served = new Served();
        PeerAddress api = FreePorts.address();
        served.apis.put(1, api);
        served.start(
                change.apply(inMemory(DEngineConfig.embedded(Path.of("served"))).with(ApiSettings.at(api))));
        served.engines.get(1).awaitReady(PATIENCE);
        return served;
    }

    static Served single() {
        return single(config -> config);
    }

    /** Nodes 1 to {@code count} of one cluster, of which all but the last {@code down} are started. */
    static Served cluster(int count, int down) {
        Served served = new Served();
        Map<NodeId, PeerAddress> members = new TreeMap<>();
        for (int id = 1; id <= count; id++) {
            members.put(NodeId.of(id), FreePorts.address());
            served.apis.put(id, FreePorts.address());
        }
        for (int id = 1; id <= count - down; id++) {
            served.start(inMemory(DEngineConfig.member(id, Path.of("served"), "test", members))
                    .with(ApiSettings.at(served.apis.get(id))));
        }
        return served;
    }

    static DEngineConfig inMemory(DEngineConfig config) {
        return config.withStateStore(StateStore.MEMORY)
                .withDurability(Durability.MEMORY)
                .with(Election.ofTimeout(Duration.ofMillis(300)))
                .with(Limits.DEFAULT.withRequestTimeout(Duration.ofSeconds(2)));
    }

    DEngine start(DEngineConfig config) {
        DEngine engine = DEngine.start(config);
        engines.put(config.nodeId().value(), engine);
        return engine;
    }

    DEngine engine() {
        return engines.get(1);
    }

    ManagedChannel channel() {
        return channel(1);
    }

    ManagedChannel channel(int id) {
        return channel(apis.get(id));
    }

    ManagedChannel channel(PeerAddress address) {
        ManagedChannel channel = NettyChannelBuilder.forAddress(address.host(), address.port())
                .usePlaintext()
                .maxInboundMessageSize(64 << 20)
                .initialFlowControlWindow(65_535)
                .flowControlWindow(65_535)
                .build();
        channels.push(channel);
        return channel;
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        engines.values().forEach(DEngine::close);
    }

    static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }

    static Failure failureOf(Throwable thrown) {
        Metadata trailers = Status.trailersFromThrowable(thrown);
        return trailers == null ? null : trailers.get(StatusMapper.FAILURE);
    }

    static Status.Code codeOf(Throwable thrown) {
        return Status.fromThrowable(thrown).getCode();
    }

    /** What came over a stream. */
    static final class Received<T> implements StreamObserver<T> {

        private final BlockingQueue<T> messages = new LinkedBlockingQueue<>();
        private final CompletableFuture<Void> end = new CompletableFuture<>();

        @Override
        public void onNext(T message) {
            messages.add(message);
        }

        @Override
        public void onError(Throwable cause) {
            end.completeExceptionally(cause);
        }

        @Override
        public void onCompleted() {
            end.complete(null);
        }

        T next() {
            try {
                T message = messages.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                if (message == null) {
                    throw new AssertionError("nothing came; the stream: " + end);
                }
                return message;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        int waiting() {
            return messages.size();
        }

        /** Returns what the stream ended with; null if well. */
        StatusRuntimeException end() throws InterruptedException, TimeoutException {
            try {
                end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                return null;
            } catch (ExecutionException e) {
                return (StatusRuntimeException) e.getCause();
            }
        }
    }

    /** A client that takes nothing until it takes all. */
    static final class Slow<Q, R> implements ClientResponseObserver<Q, R> {

        final Received<R> received = new Received<>();
        private volatile ClientCallStreamObserver<Q> call;

        @Override
        public void beforeStart(ClientCallStreamObserver<Q> started) {
            started.disableAutoRequestWithInitial(0);
            call = started;
        }

        void take(int messages) {
            call.request(messages);
        }

        void takeAll() {
            call.request(Integer.MAX_VALUE);
        }

        @Override
        public void onNext(R message) {
            received.onNext(message);
        }

        @Override
        public void onError(Throwable cause) {
            received.onError(cause);
        }

        @Override
        public void onCompleted() {
            received.onCompleted();
        }
    }
}
