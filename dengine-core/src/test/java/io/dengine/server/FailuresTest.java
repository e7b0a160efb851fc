package io.dengine.server;

import static io.dengine.server.Served.bytes;
import static io.dengine.server.Served.codeOf;
import static io.dengine.server.Served.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.dengine.DEngine;
import io.dengine.FreePorts;
import io.dengine.api.ByteSequence;
import io.dengine.api.CompactedException;
import io.dengine.api.FatalException;
import io.dengine.api.IndeterminateException;
import io.dengine.api.KeyValue;
import io.dengine.api.RefusedException;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.config.ApiSettings;
import io.dengine.config.PeerAddress;
import io.dengine.node.LeaderListener.LeaderChange;
import io.dengine.proto.compat.client.ClientReadRequest;
import io.dengine.proto.compat.client.ClientResponse;
import io.dengine.proto.compat.client.ClientWriteRequest;
import io.dengine.proto.compat.client.RaftClientServiceGrpc;
import io.dengine.proto.compat.client.WriteCommand;
import io.dengine.proto.compat.error.ErrorCode;
import io.dengine.proto.v1.CreateWatch;
import io.dengine.proto.v1.Event;
import io.dengine.proto.v1.Failure;
import io.dengine.proto.v1.FailureClass;
import io.dengine.proto.v1.KeyValueGrpc;
import io.dengine.proto.v1.PutRequest;
import io.dengine.proto.v1.Reason;
import io.dengine.proto.v1.WatchEvents;
import io.dengine.proto.v1.WatchGrpc;
import io.dengine.proto.v1.WatchRequest;
import io.dengine.proto.v1.WatchResponse;
import io.dengine.raft.membership.NodeId;
import io.dengine.server.Served.Received;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each failure as clients are told of it, in both protocols. */
@Timeout(60)
class FailuresTest {

    private static final FailingClient CLIENT = new FailingClient();

    private static Served served;
    private static ApiServer server;
    private static KeyValueGrpc.KeyValueBlockingStub store;
    private static RaftClientServiceGrpc.RaftClientServiceBlockingStub compat;
    private static PeerAddress leaderApi;

    /** Beside a real node, whose members and leader it tells of. */
    @BeforeAll
    static void start() {
        served = Served.single();
        leaderApi = served.apis.get(1);
        DEngine engine = served.engine();
        await().atMost(Served.PATIENCE)
                .until(() -> engine.cluster()
                        .members()
                        .member(NodeId.of(1))
                        .apiAddress()
                        .equals(leaderApi.toString()));
        PeerAddress address = FreePorts.address();
        served.apis.put(9, address);
        ApiSettings api = ApiSettings.at(address);
        server = ApiServer.start(
                engine.config(),
                api,
                new ServedNode(
                        CLIENT,
                        engine.cluster(),
                        engine::status,
                        () -> engine.status().health(),
                        () -> new LeaderChange(3, NodeId.of(1), false),
                        listener -> engine.addMembershipListener(listener),
                        Runnable::run));
        ManagedChannel channel = served.channel(9);
        store = KeyValueGrpc.newBlockingStub(channel);
        compat = RaftClientServiceGrpc.newBlockingStub(channel);
    }

    @AfterAll
    static void close() {
        server.close();
        served.close();
    }

    private static Throwable failPut(RuntimeException cause) {
        CLIENT.failure = cause;
        return catchThrowable(
                () -> store.put(PutRequest.newBuilder().setKey(bytes("k")).build()));
    }

    @ParameterizedTest
    @CsvSource({
        "NO_LEADER,   UNAVAILABLE,         100,  true",
        "OVERLOADED,  RESOURCE_EXHAUSTED,  20,   true",
        "TIMEOUT,     DEADLINE_EXCEEDED,   0,    true",
        "UNAVAILABLE, UNAVAILABLE,         1000, true",
        "UNSAFE,      FAILED_PRECONDITION, 1000, false",
        "TOO_LARGE,   INVALID_ARGUMENT,    0,    false",
        "INVALID,     INVALID_ARGUMENT,    0,    false",
        "COMPACTED,   OUT_OF_RANGE,        0,    false",
        "CLOSED,      UNAVAILABLE,         0,    true",
    })
    void aRefusalSaysWhyAndWhereElse(
            RefusedException.Reason reason, Status.Code code, long retryAfterMillis, boolean hasLeader) {
        Throwable thrown = failPut(new RefusedException(reason, "the text"));

        assertThat(codeOf(thrown)).isEqualTo(code);
        assertThat(Status.fromThrowable(thrown).getDescription()).isEqualTo("the text");
        Failure failure = failureOf(thrown);
        assertThat(failure.getFailureClass()).isEqualTo(FailureClass.FAILURE_CLASS_REFUSED);
        assertThat(failure.getReason()).isEqualTo(Reason.valueOf("REASON_" + reason));
        assertThat(failure.getText()).isEqualTo("the text");
        assertThat(failure.getRetryAfterMillis()).isEqualTo(retryAfterMillis);
        assertThat(failure.hasLeader()).isEqualTo(hasLeader);
        if (hasLeader) {
            assertThat(failure.getLeader().getNodeId()).isEqualTo(1);
            assertThat(failure.getLeader().getApiAddress()).isEqualTo(leaderApi.toString());
        }
    }

    @ParameterizedTest
    @EnumSource(RefusedException.Reason.class)
    void everyReasonHasItsOwnOnTheWire(RefusedException.Reason reason) {
        assertThat(failureOf(failPut(new RefusedException(reason, "x")))
                        .getReason()
                        .name())
                .endsWith(reason.name());
    }

    @Test
    void compactedNamesTheOldestRevision() {
        Throwable thrown = failPut(new CompletionException(new CompactedException(3, 17)));

        assertThat(failureOf(thrown).getReason()).isEqualTo(Reason.REASON_COMPACTED);
        assertThat(failureOf(thrown).getOldestRevision()).isEqualTo(17);
    }

    @Test
    void whatMayHaveHappenedIsOfNoStatusThatIsCommonlyRetried() {
        Throwable thrown = failPut(new IndeterminateException("who knows"));

        assertThat(codeOf(thrown)).isEqualTo(Status.Code.UNKNOWN);
        assertThat(failureOf(thrown).getFailureClass()).isEqualTo(FailureClass.FAILURE_CLASS_INDETERMINATE);
    }

    @Test
    void aBrokenNodeSaysSo() {
        Throwable thrown = failPut(new FatalException("broken", null));

        assertThat(codeOf(thrown)).isEqualTo(Status.Code.INTERNAL);
        assertThat(failureOf(thrown).getFailureClass()).isEqualTo(FailureClass.FAILURE_CLASS_FATAL);
    }

    @Test
    void aFaultOfOurOwnIsTakenForTheWorst() {
        Throwable thrown = failPut(new IllegalStateException("a bug"));

        assertThat(codeOf(thrown)).isEqualTo(Status.Code.INTERNAL);
        assertThat(failureOf(thrown).getFailureClass()).isEqualTo(FailureClass.FAILURE_CLASS_INDETERMINATE);
        assertThat(failureOf(thrown).getText()).contains("a bug");
    }

    private static ClientResponse compatPut() {
        return compat.handleClientWrite(ClientWriteRequest.newBuilder()
                .setCommand(WriteCommand.newBuilder()
                        .setInsert(WriteCommand.Insert.newBuilder().setKey(bytes("k"))))
                .build());
    }

    private static ClientResponse compatGet() {
        return compat.handleClientRead(
                ClientReadRequest.newBuilder().addKeys(bytes("k")).build());
    }

    @Test
    void aMissingLeaderIsAnAnswerToWritesAndReadsOfCompatibleClients() {
        CLIENT.failure = new RefusedException(RefusedException.Reason.NO_LEADER, "none");

        for (ClientResponse response : new ClientResponse[] {compatPut(), compatGet()}) {
            assertThat(response.getError()).isEqualTo(ErrorCode.NOT_LEADER);
            assertThat(response.hasWriteResult()).isFalse();
            assertThat(response.getMetadata().getLeaderId()).isEqualTo("1");
            assertThat(response.getMetadata().getLeaderAddress()).isEqualTo(leaderApi.toString());
            assertThat(response.getMetadata().getRetryAfterMs()).isEqualTo(100);
            assertThat(response.getMetadata().getDebugMessage()).isEqualTo("none");
        }
    }

    @Test
    void aMissingLeaderIsAStatusWithATrailerToTheirScansAndWatches() {
        CLIENT.failure = new RefusedException(RefusedException.Reason.NO_LEADER, "none");
        var scan = io.dengine.proto.compat.client.ScanRequest.getDefaultInstance();
        var watch = io.dengine.proto.compat.client.WatchRequest.newBuilder()
                .setKey(bytes("k"))
                .build();

        Throwable ofScan = catchThrowable(() -> compat.handleClientScan(scan));
        Throwable ofWatch = catchThrowable(() -> compat.watch(watch).next());

        for (Throwable thrown : new Throwable[] {ofScan, ofWatch}) {
            assertThat(codeOf(thrown)).isEqualTo(Status.Code.FAILED_PRECONDITION);
            assertThat(Status.trailersFromThrowable(thrown).get(CompatFailures.LEADER))
                    .isEqualTo("{\"leader_id\":\"1\",\"address\":\"" + leaderApi + "\"}");
            assertThat(failureOf(thrown).getReason()).isEqualTo(Reason.REASON_NO_LEADER);
        }
    }

    @Test
    void anUnknownOutcomeIsNeverADefiniteFailureToThem() {
        CLIENT.failure = new IndeterminateException("who knows");

        ClientResponse response = compatPut();

        assertThat(response.getError()).isEqualTo(ErrorCode.PROPOSE_FAILED);
        assertThat(response.getMetadata().getDebugMessage()).isEqualTo("who knows");
    }

    @ParameterizedTest
    @CsvSource({
        "OVERLOADED, RESOURCE_EXHAUSTED",
        "TIMEOUT, DEADLINE_EXCEEDED",
        "UNAVAILABLE, UNAVAILABLE",
        "CLOSED, UNAVAILABLE",
        "INVALID, INVALID_ARGUMENT",
        "TOO_LARGE, INVALID_ARGUMENT",
    })
    void otherRefusalsAreAStatusToThem(RefusedException.Reason reason, Status.Code code) {
        CLIENT.failure = new RefusedException(reason, "the text");

        assertThat(codeOf(catchThrowable(FailuresTest::compatPut))).isEqualTo(code);
        assertThat(codeOf(catchThrowable(FailuresTest::compatGet))).isEqualTo(code);
    }

    @Test
    void aBrokenNodeIsInternalToThem() {
        CLIENT.failure = new FatalException("broken", null);

        assertThat(codeOf(catchThrowable(FailuresTest::compatPut))).isEqualTo(Status.Code.INTERNAL);
    }

    @Test
    void aWriteOfNothingIsInvalidToThem() {
        Throwable thrown = catchThrowable(() -> compat.handleClientWrite(ClientWriteRequest.getDefaultInstance()));

        assertThat(codeOf(thrown)).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(thrown).hasMessageContaining("WriteCommand must contain an operation");
    }

    /** No command of today changes that much at once. */
    @Test
    void aRevisionTooLargeForOneMessageComesInSeveral() {
        CompletableFuture<WatchListener> listener = new CompletableFuture<>();
        CLIENT.watches = (request, told) -> {
            listener.complete(told);
            return new Watch() {
                @Override
                public long startRevision() {
                    return 5;
                }

                @Override
                public void close() {
                    // nothing runs
                }
            };
        };
        Received<WatchResponse> received = new Received<>();
        WatchGrpc.newStub(served.channel(9))
                .watch(received)
                .onNext(WatchRequest.newBuilder()
                        .setCreate(CreateWatch.newBuilder().setWatchId(1).setPrefix(true))
                        .build());
        assertThat(received.next().getCreated().getStartRevision()).isEqualTo(5);
        CLIENT.watches = null;
        List<WatchEvent> events = IntStream.range(0, 30)
                .mapToObj(i -> new WatchEvent(
                        WatchEvent.Type.PUT,
                        new KeyValue(ByteSequence.of("k" + i), ByteSequence.wrap(new byte[100_000]), 5, 5, 1),
                        null))
                .toList();

        listener.join().onEvents(5, events);

        List<Event> whole = new ArrayList<>();
        WatchEvents part;
        do {
            WatchResponse message = received.next();
            assertThat(message.getSerializedSize()).isLessThan(2 << 20);
            part = message.getEvents();
            assertThat(part.getRevision()).isEqualTo(5);
            whole.addAll(part.getEventsList());
        } while (part.getMore());
        assertThat(whole)
                .extracting(event -> event.getEntry().getKey().toStringUtf8())
                .containsExactlyElementsOf(
                        IntStream.range(0, 30).mapToObj(i -> "k" + i).toList());
    }
}
