package io.dengine.server;

import static io.dengine.server.Served.bytes;
import static io.dengine.server.Served.codeOf;
import static io.dengine.server.Served.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.dengine.proto.compat.client.ClientReadRequest;
import io.dengine.proto.compat.client.ClientResponse;
import io.dengine.proto.compat.client.ClientWriteRequest;
import io.dengine.proto.compat.client.RaftClientServiceGrpc;
import io.dengine.proto.compat.client.ScanRequest;
import io.dengine.proto.compat.client.ScanResponse;
import io.dengine.proto.compat.client.WriteCommand;
import io.dengine.proto.compat.cluster.ClusterManagementServiceGrpc;
import io.dengine.proto.compat.cluster.LeaderDiscoveryRequest;
import io.dengine.proto.compat.cluster.MetadataRequest;
import io.dengine.proto.compat.error.ErrorCode;
import io.dengine.proto.v1.ClusterGrpc;
import io.dengine.proto.v1.KeyValueGrpc;
import io.dengine.proto.v1.LeaderRequest;
import io.dengine.proto.v1.NodeHealth;
import io.dengine.proto.v1.PutRequest;
import io.dengine.proto.v1.Reason;
import io.dengine.proto.v1.StatusRequest;
import io.dengine.server.Served.Received;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Three nodes, of which two end. */
@Timeout(120)
class LostQuorumTest {

    @Test
    void aNodeWithoutAQuorumSaysSoInEveryWay() {
        try (Served served = Served.cluster(3, 0)) {
            served.engines.values().forEach(engine -> engine.awaitReady(Served.PATIENCE));
            losesItsQuorum(served);
        }
    }

    private static void losesItsQuorum(Served served) {
        ClusterGrpc.ClusterBlockingStub nodes = ClusterGrpc.newBlockingStub(served.channel(1));
        HealthGrpc.HealthStub health = HealthGrpc.newStub(served.channel(1));
        Received<HealthCheckResponse> changes = new Received<>();
        health.watch(
                HealthCheckRequest.newBuilder()
                        .setService("dengine.v1.KeyValue")
                        .build(),
                changes);
        awaitStatus(changes, ServingStatus.SERVING);

        served.engines.get(2).close();
        served.engines.get(3).close();

        awaitStatus(changes, ServingStatus.NOT_SERVING);
        var cluster = ClusterManagementServiceGrpc.newBlockingStub(served.channel(1));
        await().atMost(Served.PATIENCE)
                .until(() -> !cluster.getClusterMetadata(MetadataRequest.getDefaultInstance())
                        .hasCurrentLeaderId());
        Throwable discovery = catchThrowable(() -> cluster.discoverLeader(LeaderDiscoveryRequest.getDefaultInstance()));
        assertThat(codeOf(discovery)).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(discovery).hasMessageContaining("Leader not discovered");
        assertThat(nodes.leader(LeaderRequest.getDefaultInstance()).getLeaderId())
                .isZero();
        assertThat(nodes.status(StatusRequest.getDefaultInstance()).getHealth())
                .isEqualTo(NodeHealth.NODE_HEALTH_NO_LEADER);

        var compatible = RaftClientServiceGrpc.newFutureStub(served.channel(1));
        Future<ClientResponse> read = compatible.handleClientRead(
                ClientReadRequest.newBuilder().addKeys(bytes("k")).build());
        Future<ScanResponse> scan = compatible.handleClientScan(ScanRequest.getDefaultInstance());

        KeyValueGrpc.KeyValueBlockingStub store = KeyValueGrpc.newBlockingStub(served.channel(1));
        PutRequest put = PutRequest.newBuilder().setKey(bytes("k")).build();
        Throwable late = catchThrowable(
                () -> store.withDeadlineAfter(100, TimeUnit.MILLISECONDS).put(put));
        assertThat(codeOf(late)).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        Throwable refused = catchThrowable(() -> store.put(put));
        assertThat(codeOf(refused)).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(failureOf(refused).getReason()).isEqualTo(Reason.REASON_NO_LEADER);
        var compat = RaftClientServiceGrpc.newBlockingStub(served.channel(1));
        assertThat(compat.handleClientWrite(ClientWriteRequest.newBuilder()
                                .setCommand(WriteCommand.newBuilder()
                                        .setDelete(
                                                WriteCommand.Delete.newBuilder().setKey(bytes("k"))))
                                .build())
                        .getErrorValue())
                .isEqualTo(ErrorCode.NOT_LEADER_VALUE);
        assertThat(read).succeedsWithin(Served.PATIENCE).satisfies(answer -> {
            assertThat(answer.getError()).isEqualTo(ErrorCode.NOT_LEADER);
            assertThat(answer.getMetadata().getRetryAfterMs()).isPositive();
        });
        assertThat(scan)
                .failsWithin(Served.PATIENCE)
                .withThrowableOfType(ExecutionException.class)
                .satisfies(failed -> assertThat(codeOf(failed.getCause())).isEqualTo(Status.Code.FAILED_PRECONDITION));
    }

    private static void awaitStatus(Received<HealthCheckResponse> changes, ServingStatus status) {
        while (changes.next().getStatus() != status) {
            // an earlier one
        }
    }
}
