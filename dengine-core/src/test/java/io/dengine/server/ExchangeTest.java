package io.dengine.server;

import static io.dengine.server.Served.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.config.ApiSettings;
import io.dengine.proto.v1.Answer;
import io.dengine.proto.v1.CompareAndSetRequest;
import io.dengine.proto.v1.DeleteRequest;
import io.dengine.proto.v1.ExchangeRequest;
import io.dengine.proto.v1.ExchangeResponse;
import io.dengine.proto.v1.FailureClass;
import io.dengine.proto.v1.GetAllRequest;
import io.dengine.proto.v1.GetRequest;
import io.dengine.proto.v1.KeyAbsent;
import io.dengine.proto.v1.KeyValueGrpc;
import io.dengine.proto.v1.Operation;
import io.dengine.proto.v1.PutRequest;
import io.dengine.proto.v1.Reason;
import io.dengine.proto.v1.ScanRequest;
import io.dengine.server.Served.Received;
import io.dengine.server.Served.Slow;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many operations over one stream. */
@Timeout(60)
class ExchangeTest {

    private static Operation.Builder operation(long id) {
        return Operation.newBuilder().setId(id);
    }

    private static Operation put(long id, String key, String value) {
        return operation(id)
                .setPut(PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)))
                .build();
    }

    private static ExchangeRequest frame(Operation... operations) {
        return ExchangeRequest.newBuilder()
                .addAllOperations(List.of(operations))
                .build();
    }

    private static Map<Long, Answer> answers(Received<ExchangeResponse> received, int count) {
        Map<Long, Answer> answers = new HashMap<>();
        while (answers.size() < count) {
            for (Answer answer : received.next().getAnswersList()) {
                assertThat(answers.put(answer.getId(), answer)).isNull();
            }
        }
        return answers;
    }

    @Test
    void everyKindOfOperationIsAnsweredUnderItsId() {
        try (Served served = Served.single()) {
            Received<ExchangeResponse> received = new Received<>();
            StreamObserver<ExchangeRequest> stream =
                    KeyValueGrpc.newStub(served.channel()).exchange(received);
            stream.onNext(frame(put(1, "k", "v")));
            assertThat(answers(received, 1).get(1L).getPut().getRevision()).isEqualTo(2);
            stream.onNext(frame(
                    operation(2)
                            .setGet(GetRequest.newBuilder().setKey(bytes("k")))
                            .build(),
                    operation(3)
                            .setGetAll(GetAllRequest.newBuilder().addKeys(bytes("k")))
                            .build(),
                    operation(4)
                            .setScan(ScanRequest.newBuilder().setPrefix(bytes("k")))
                            .build(),
                    operation(5)
                            .setCompareAndSet(CompareAndSetRequest.newBuilder()
                                    .setKey(bytes("k"))
                                    .setAbsent(KeyAbsent.getDefaultInstance()))
                            .build(),
                    operation(6)
                            .setDelete(DeleteRequest.newBuilder().setKey(bytes("other")))
                            .build(),
                    put(7, "", "v")));

            Map<Long, Answer> answers = answers(received, 6);

            assertThat(answers.get(2L).getGet().getEntry().getValue()).isEqualTo(bytes("v"));
            assertThat(answers.get(3L).getGetAll().getEntriesCount()).isEqualTo(1);
            assertThat(answers.get(4L).getScan().getEntriesCount()).isEqualTo(1);
            assertThat(answers.get(5L).getCompareAndSet().getSucceeded()).isFalse();
            assertThat(answers.get(6L).getDelete().getDeleted()).isFalse();
            assertThat(answers.get(7L).getFailure().getReason()).isEqualTo(Reason.REASON_INVALID);
            assertThat(answers.get(7L).getFailure().getFailureClass()).isEqualTo(FailureClass.FAILURE_CLASS_REFUSED);
            stream.onNext(frame(put(7, "k", "again"))); // a failed operation leaves the stream, and its id, usable
            assertThat(answers(received, 1).get(7L).hasPut()).isTrue();
        }
    }

    /** The last answers are ready at once, on several threads: none may end the stream before another's is in it. */
    @RepeatedTest(5)
    void whatIsUnderWayIsAnsweredAfterTheClientHasClosedItsSide() throws Exception {
        try (Served served = Served.single()) {
            Received<ExchangeResponse> received = new Received<>();
            StreamObserver<ExchangeRequest> stream =
                    KeyValueGrpc.newStub(served.channel()).exchange(received);
            ExchangeRequest.Builder many = ExchangeRequest.newBuilder();
            for (int id = 1; id <= 2_000; id++) {
                many.addOperations(put(id, "k" + id, "v"));
            }
            stream.onNext(many.build());
            stream.onCompleted();

            assertThat(received.end()).isNull();
            Map<Long, Answer> answers = answers(received, 2_000);
            Set<Long> revisions = new HashSet<>();
            answers.values().forEach(answer -> revisions.add(answer.getPut().getRevision()));
            assertThat(revisions).hasSize(2_000);
        }
    }

    @Test
    void moreThanMayBeInFlightWaitsAndIsStillDone() throws Exception {
        try (Served served = Served.single(
                config -> config.with(new ApiSettings(config.api().address(), null, 4 << 20, 1, 3, 8 << 20)))) {
            Received<ExchangeResponse> received = new Received<>();
            StreamObserver<ExchangeRequest> stream =
                    KeyValueGrpc.newStub(served.channel()).exchange(received);
            for (int from = 0; from < 300; from += 100) {
                ExchangeRequest.Builder many = ExchangeRequest.newBuilder();
                for (int id = from; id < from + 100; id++) {
                    many.addOperations(
                            id % 2 == 0
                                    ? put(id, "k" + id, "v")
                                    : operation(id)
                                            .setScan(ScanRequest.getDefaultInstance())
                                            .build());
                }
                stream.onNext(many.build());
            }
            stream.onCompleted();

            assertThat(received.end()).isNull();
            assertThat(answers(received, 300)).hasSize(300);
        }
    }

    @Test
    void anOperationWithoutARequestEndsTheStream() throws Exception {
        assertEndsTheStream(frame(operation(5).build()), "operation 5 has no request");
    }

    @Test
    void anIdThatIsInUseEndsTheStream() throws Exception {
        assertEndsTheStream(frame(put(5, "a", "1"), put(5, "b", "2")), "operation 5 is sent a second time");
    }

    private static void assertEndsTheStream(ExchangeRequest frame, String text) throws Exception {
        try (Served served = Served.single()) {
            Received<ExchangeResponse> received = new Received<>();
            KeyValueGrpc.newStub(served.channel()).exchange(received).onNext(frame);

            StatusRuntimeException end = received.end();
            assertThat(end.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(end).hasMessageContaining(text);
            assertThat(Served.failureOf(end).getReason()).isEqualTo(Reason.REASON_INVALID);
        }
    }

    /** Of three nodes one is up: nothing can be agreed on. */
    @Test
    void anOperationThatRunsOutOfItsTimeIsRefusedIfItReadsAndIndeterminateIfItWrites() {
        try (Served served = Served.cluster(3, 2)) {
            Received<ExchangeResponse> received = new Received<>();
            StreamObserver<ExchangeRequest> stream =
                    KeyValueGrpc.newStub(served.channel()).exchange(received);
            stream.onNext(frame(
                    put(1, "k", "v").toBuilder().setTimeoutMillis(30).build(),
                    operation(2)
                            .setGet(GetRequest.newBuilder().setKey(bytes("k")))
                            .setTimeoutMillis(30)
                            .build(),
                    put(3, "k", "v")));

            Map<Long, Answer> inTime = answers(received, 2);
            assertThat(inTime.get(1L).getFailure().getFailureClass())
                    .isEqualTo(FailureClass.FAILURE_CLASS_INDETERMINATE);
            assertThat(inTime.get(2L).getFailure().getReason()).isEqualTo(Reason.REASON_TIMEOUT);
            Answer atTheNodesOwn = answers(received, 1).get(3L);
            assertThat(atTheNodesOwn.getFailure().getReason()).isEqualTo(Reason.REASON_NO_LEADER);
            assertThat(atTheNodesOwn.getFailure().getRetryAfterMillis()).isPositive();
        }
    }

    @Test
    void aClientThatTakesNoAnswersIsReadNoFurther() throws Exception {
        try (Served served = Served.single(
                config -> config.with(new ApiSettings(config.api().address(), null, 4 << 20, 10, 4, 64 << 10)))) {
            byte[] value = new byte[100_000];
            served.engine().client().blocking().put(ByteSequence.of("big"), ByteSequence.wrap(value));
            Slow<ExchangeRequest, ExchangeResponse> received = new Slow<>();
            StreamObserver<ExchangeRequest> stream =
                    KeyValueGrpc.newStub(served.channel()).exchange(received);
            for (int id = 1; id <= 500; id++) {
                stream.onNext(frame(
                        operation(id)
                                .setGet(GetRequest.newBuilder().setKey(bytes("big")))
                                .build(),
                        put(1_000 + id, "k" + id, "v")));
            }
            stream.onCompleted();

            Awaitility.await()
                    .during(Duration.ofMillis(300))
                    .atMost(Served.PATIENCE)
                    .until(() -> served.engine().status().revision() < 100);

            received.takeAll();
            assertThat(received.received.end()).isNull();
            assertThat(answers(received.received, 1_000)).hasSize(1_000);
        }
    }
}
