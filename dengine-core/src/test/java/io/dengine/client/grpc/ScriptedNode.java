package io.dengine.client.grpc;

import io.dengine.FreePorts;
import io.dengine.config.PeerAddress;
import io.dengine.proto.v1.Answer;
import io.dengine.proto.v1.ClusterGrpc;
import io.dengine.proto.v1.ExchangeRequest;
import io.dengine.proto.v1.ExchangeResponse;
import io.dengine.proto.v1.Failure;
import io.dengine.proto.v1.FailureClass;
import io.dengine.proto.v1.GetResponse;
import io.dengine.proto.v1.KeyValueGrpc;
import io.dengine.proto.v1.Member;
import io.dengine.proto.v1.MemberPart;
import io.dengine.proto.v1.MembersRequest;
import io.dengine.proto.v1.MembersResponse;
import io.dengine.proto.v1.Operation;
import io.dengine.proto.v1.PutResponse;
import io.dengine.proto.v1.Reason;
import io.dengine.proto.v1.WatchGrpc;
import io.dengine.proto.v1.WatchRequest;
import io.dengine.proto.v1.WatchResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Something that speaks the protocol and answers as its test wants it to. Thread-safe. */
final class ScriptedNode implements AutoCloseable {

    final int id;
    final PeerAddress address;
    final AtomicInteger operations = new AtomicInteger();
    final BlockingQueue<Operation> unanswered = new LinkedBlockingQueue<>();
    final BlockingQueue<Watching> watchStreams = new LinkedBlockingQueue<>();
    /** Gives the answer to an operation; null for none. */
    volatile Function<Operation, Answer.Builder> script = ScriptedNode::succeed;

    volatile int leaderId;
    volatile long term = 1;
    volatile String clusterName = "scripted";
    private volatile Map<Integer, PeerAddress> members;
    private final ConcurrentLinkedQueue<StreamObserver<?>> streams = new ConcurrentLinkedQueue<>();
    private Server server;

    /** One stream of watches: what the client said on it, and what to say to the client. */
    record Watching(BlockingQueue<WatchRequest> said, StreamObserver<WatchResponse> client) {

        WatchRequest next() throws InterruptedException {
            WatchRequest request = said.poll(10, TimeUnit.SECONDS);
            if (request == null) {
                throw new AssertionError("the client said nothing on its stream of watches");
            }
            return request;
        }
    }

    ScriptedNode(int id) {
        this(id, FreePorts.address());
    }

    ScriptedNode(int id, PeerAddress address) {
        this.id = id;
        this.leaderId = id;
        this.address = address;
        this.members = Map.of(id, address);
        start();
    }

    static void introduce(List<ScriptedNode> nodes, int leader) {
        Map<Integer, PeerAddress> members = new java.util.TreeMap<>();
        nodes.forEach(node -> members.put(node.id, node.address));
        nodes.forEach(node -> {
            node.members = members;
            node.leaderId = leader;
        });
    }

    void start() {
        try {
            server = NettyServerBuilder.forAddress(new InetSocketAddress(address.host(), address.port()))
                    .permitKeepAliveTime(1, TimeUnit.SECONDS)
                    .addService(new Cluster())
                    .addService(new KeyValue())
                    .addService(new WatchService())
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends as a killed process would, as far as connections go. */
    void kill() throws InterruptedException {
        server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }

    /** Breaks every stream and keeps the connections. */
    void breakStreams() {
        for (StreamObserver<?> stream = streams.poll(); stream != null; stream = streams.poll()) {
            stream.onError(
                    Status.UNAVAILABLE.withDescription("broken by the test").asRuntimeException());
        }
    }

    Watching nextWatchStream() throws InterruptedException {
        Watching watching = watchStreams.poll(10, TimeUnit.SECONDS);
        if (watching == null) {
            throw new AssertionError("the client opened no stream of watches");
        }
        return watching;
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    static Answer.Builder succeed(Operation operation) {
        return operation.hasPut()
                ? Answer.newBuilder().setPut(PutResponse.newBuilder().setRevision(operation.getId()))
                : Answer.newBuilder().setGet(GetResponse.newBuilder().setRevision(7));
    }

    static Answer.Builder refuse(Reason reason) {
        return Answer.newBuilder()
                .setFailure(Failure.newBuilder()
                        .setFailureClass(FailureClass.FAILURE_CLASS_REFUSED)
                        .setReason(reason)
                        .setText("refused by the test"));
    }

    private final class Cluster extends ClusterGrpc.ClusterImplBase {
        @Override
        public void members(MembersRequest request, StreamObserver<MembersResponse> client) {
            MembersResponse.Builder answer = MembersResponse.newBuilder()
                    .setClusterName(clusterName)
                    .setNodeId(id)
                    .setLeaderId(leaderId)
                    .setTerm(term);
            members.forEach((member, at) -> answer.addMembers(Member.newBuilder()
                    .setNodeId(member)
                    .setApiAddress(at.toString())
                    .setPart(MemberPart.MEMBER_PART_VOTER)));
            client.onNext(answer.build());
            client.onCompleted();
        }
    }

    private final class KeyValue extends KeyValueGrpc.KeyValueImplBase {
        @Override
        public StreamObserver<ExchangeRequest> exchange(StreamObserver<ExchangeResponse> client) {
            streams.add(client);
            return new StreamObserver<>() {
                @Override
                public void onNext(ExchangeRequest frame) {
                    frame.getOperationsList().forEach(operation -> {
                        operations.incrementAndGet();
                        Answer.Builder answer = script.apply(operation);
                        if (answer == null) {
                            unanswered.add(operation);
                        } else {
                            client.onNext(ExchangeResponse.newBuilder()
                                    .addAnswers(answer.setId(operation.getId()))
                                    .build());
                        }
                    });
                }

                @Override
                public void onError(Throwable cause) {
                    // the client has gone
                }

                @Override
                public void onCompleted() {
                    client.onCompleted();
                }
            };
        }
    }

    private final class WatchService extends WatchGrpc.WatchImplBase {
        @Override
        public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> client) {
            streams.add(client);
            Watching watching = new Watching(new LinkedBlockingQueue<>(), client);
            watchStreams.add(watching);
            return new StreamObserver<>() {
                @Override
                public void onNext(WatchRequest request) {
                    watching.said().add(request);
                }

                @Override
                public void onError(Throwable cause) {
                    // the client has gone
                }

                @Override
                public void onCompleted() {
                    client.onCompleted();
                }
            };
        }
    }
}
