package io.dengine.benchmarks.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.TimeDuration;

/** Apache Ratis over gRPC with its defaults, but for longer election timeouts: its own flap on a machine of two cores. */
public final class RatisNodes implements StoreProvider {

    private static final RaftGroupId GROUP = RaftGroupId.valueOf(new UUID(7, 7));

    @Override
    public Store open(NodeSettings settings) throws IOException {
        return new Node(settings);
    }

    private static final class Node implements Store {

        private final BenchmarkState state;
        private final RaftServer server;
        private final ClientId client = ClientId.randomId();
        private final AtomicLong calls = new AtomicLong();

        Node(NodeSettings settings) throws IOException {
            state = BenchmarkState.open(settings);
            List<RaftPeer> peers = new ArrayList<>();
            for (int id = 1; id <= settings.peerPorts().size(); id++) {
                peers.add(RaftPeer.newBuilder()
                        .setId("n" + id)
                        .setAddress("127.0.0.1:" + settings.withId(id).peerPort())
                        .build());
            }
            RaftProperties properties = new RaftProperties();
            RaftServerConfigKeys.setStorageDir(
                    properties, List.of(settings.ownDirectory().resolve("log").toFile()));
            GrpcConfigKeys.Server.setPort(properties, settings.peerPort());
            RaftServerConfigKeys.Rpc.setTimeoutMin(properties, TimeDuration.valueOf(2, TimeUnit.SECONDS));
            RaftServerConfigKeys.Rpc.setTimeoutMax(properties, TimeDuration.valueOf(3, TimeUnit.SECONDS));
            server = RaftServer.newBuilder()
                    .setGroup(RaftGroup.valueOf(GROUP, peers))
                    .setProperties(properties)
                    .setServerId(RaftPeerId.valueOf("n" + settings.id()))
                    .setStateMachine(new Machine())
                    .build();
            server.start();
        }

        @Override
        public boolean leads() {
            try {
                return server.getDivision(GROUP).getInfo().isLeaderReady();
            } catch (IOException e) {
                return false;
            }
        }

        @Override
        public String version() {
            return "3.3.0";
        }

        @Override
        public CompletableFuture<?> put(byte[] key, byte[] value) {
            Message message = Message.valueOf(ByteString.copyFrom(BenchmarkState.command(key, value)));
            RaftClientRequest request = RaftClientRequest.newBuilder()
                    .setClientId(client)
                    .setServerId(server.getId())
                    .setGroupId(GROUP)
                    .setCallId(calls.incrementAndGet())
                    .setMessage(message)
                    .setType(RaftClientRequest.writeRequestType())
                    .build();
            try {
                return server.submitClientRequestAsync(request).thenApply(Node::successful);
            } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        private static RaftClientReply successful(RaftClientReply reply) {
            if (!reply.isSuccess()) {
                throw new IllegalStateException(String.valueOf(reply.getException()));
            }
            return reply;
        }

        @Override
        public void close() {
            try {
                server.close();
            } catch (IOException e) {
                throw new IllegalStateException("cannot close", e);
            }
            state.close();
        }

        private final class Machine extends BaseStateMachine {

            @Override
            public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
                LogEntryProto entry = transaction.getLogEntry();
                ByteBuffer command =
                        entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
                state.apply(command);
                // It applies one command at a time and knows no batch.
                state.flush();
                updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
                return CompletableFuture.completedFuture(Message.EMPTY);
            }
        }
    }
}
