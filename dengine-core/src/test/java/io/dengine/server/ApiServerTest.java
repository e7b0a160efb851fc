package io.dengine.server;

import static io.dengine.server.Served.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.DEngine;
import io.dengine.FreePorts;
import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.PeerAddress;
import io.dengine.config.Peering;
import io.dengine.proto.v1.ExchangeRequest;
import io.dengine.proto.v1.ExchangeResponse;
import io.dengine.proto.v1.GetRequest;
import io.dengine.proto.v1.KeyValueGrpc;
import io.dengine.proto.v1.Operation;
import io.dengine.proto.v1.PutRequest;
import io.dengine.proto.v1.Reason;
import io.dengine.server.Served.Received;
import io.dengine.transport.PortInUseException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The port itself. */
@Timeout(60)
class ApiServerTest {

    @Test
    void reflectionListsEveryServiceAndHealthKnowsIt() {
        try (Served served = Served.single()) {
            Received<ServerReflectionResponse> received = new Received<>();
            var stream = ServerReflectionGrpc.newStub(served.channel()).serverReflectionInfo(received);
            stream.onNext(
                    ServerReflectionRequest.newBuilder().setListServices("").build());

            assertThat(received.next().getListServicesResponse().getServiceList())
                    .extracting(ServiceResponse::getName)
                    .containsExactlyInAnyOrder(
                            "dengine.v1.KeyValue",
                            "dengine.v1.Watch",
                            "dengine.v1.Cluster",
                            "d_engine.client.RaftClientService",
                            "d_engine.server.cluster.ClusterManagementService",
                            "grpc.health.v1.Health",
                            "grpc.reflection.v1.ServerReflection");
            for (String service :
                    new String[] {"", "dengine.v1.Watch", "dengine.v1.Cluster", "d_engine.client.RaftClientService"}) {
                Received<HealthCheckResponse> health = new Received<>();
                HealthGrpc.newStub(served.channel())
                        .watch(
                                HealthCheckRequest.newBuilder()
                                        .setService(service)
                                        .build(),
                                health);
                while (health.next().getStatus() != ServingStatus.SERVING) {
                    // until the node was looked at
                }
            }
        }
    }

    @Test
    void aTakenPortIsNamedAndNothingIsLeftOpen() {
        try (Served served = Served.single()) {
            PeerAddress peers = FreePorts.address();
            DEngineConfig second = Served.inMemory(DEngineConfig.embedded(Path.of("second")))
                    .with(Peering.at(peers))
                    .with(ApiSettings.at(served.apis.get(1)));

            assertThatThrownBy(() -> DEngine.start(second))
                    .isInstanceOf(PortInUseException.class)
                    .hasMessageContaining(String.valueOf(served.apis.get(1).port()));

            PeerAddress free = FreePorts.address();
            DEngine.start(second.with(ApiSettings.at(free))).close();
        }
    }

    @Test
    void theNodeListensWhereItIsToldAndAnnouncesWhereItIsReached() {
        PeerAddress announced = new PeerAddress("clients.example", 7400);
        try (Served served = Served.single(config ->
                config.with(ApiSettings.at(announced).withBind(config.api().address())))) {
            assertThat(served.engine().config().apiAddress()).isEqualTo(announced);
            assertThat(KeyValueGrpc.newBlockingStub(served.channel())
                            .get(GetRequest.newBuilder().setKey(bytes("k")).build())
                            .hasEntry())
                    .isFalse();
        }
    }

    @Test
    void aNodeThatStopsAnswersWhatIsUnderWayAndThenEndsItsStreams() throws Exception {
        try (Served served = Served.single()) {
            Received<ExchangeResponse> received = new Received<>();
            var stream = KeyValueGrpc.newStub(served.channel()).exchange(received);
            stream.onNext(ExchangeRequest.newBuilder()
                    .addOperations(Operation.newBuilder()
                            .setId(1)
                            .setPut(PutRequest.newBuilder().setKey(bytes("k"))))
                    .build());
            assertThat(received.next().getAnswers(0).hasPut()).isTrue();

            served.engine().close();

            StatusRuntimeException end = received.end();
            assertThat(end.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(Served.failureOf(end).getReason()).isEqualTo(Reason.REASON_CLOSED);
        }
    }

    @Test
    void thePortIsFreeAgainAfterTheNodeIsClosed() {
        PeerAddress api;
        try (Served served = Served.single()) {
            api = served.apis.get(1);
        }
        DEngine.start(Served.inMemory(DEngineConfig.embedded(Path.of("again"))).with(ApiSettings.at(api)))
                .close();
    }
}
