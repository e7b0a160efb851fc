package io.dengine.server;

import static io.dengine.server.Served.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.WatchSettings;
import io.dengine.proto.v1.CancelWatch;
import io.dengine.proto.v1.CreateWatch;
import io.dengine.proto.v1.Event;
import io.dengine.proto.v1.EventType;
import io.dengine.proto.v1.FailureClass;
import io.dengine.proto.v1.Reason;
import io.dengine.proto.v1.WatchGrpc;
import io.dengine.proto.v1.WatchRequest;
import io.dengine.proto.v1.WatchResponse;
import io.dengine.server.Served.Received;
import io.dengine.server.Served.Slow;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many watches over one stream. */
@Timeout(60)
class WatchServiceTest {

    private static WatchRequest create(long id, CreateWatch.Builder watch) {
        return WatchRequest.newBuilder().setCreate(watch.setWatchId(id)).build();
    }

    private static CreateWatch.Builder key(String key) {
        return CreateWatch.newBuilder().setKey(bytes(key));
    }

    private static WatchRequest cancel(long id) {
        return WatchRequest.newBuilder()
                .setCancel(CancelWatch.newBuilder().setWatchId(id))
                .build();
    }

    private static long put(Served served, String key, String value) {
        return served.engine()
                .client()
                .blocking()
                .put(ByteSequence.of(key), ByteSequence.of(value))
                .revision();
    }

    /** Returns the next message that is no progress. */
    private static WatchResponse next(Received<WatchResponse> received) {
        WatchResponse response = received.next();
        while (response.hasProgress()) {
            response = received.next();
        }
        return response;
    }

    @Test
    void eachWatchOfAStreamSeesItsOwnChangesWithTheKeyAsItWas() {
        try (Served served = Served.single()) {
            Received<WatchResponse> received = new Received<>();
            StreamObserver<WatchRequest> stream =
                    WatchGrpc.newStub(served.channel()).watch(received);
            stream.onNext(create(7, key("a")));
            long start = next(received).getCreated().getStartRevision();
            stream.onNext(create(8, key("b/").setPrefix(true).setPreviousValue(true)));
            assertThat(next(received).getWatchId()).isEqualTo(8);
            assertThat(start).isEqualTo(2);

            put(served, "a", "1");
            put(served, "c", "1");
            put(served, "b/1", "1");
            put(served, "b/1", "2");
            served.engine().client().blocking().delete(ByteSequence.of("b/1"));

            Map<Long, List<WatchResponse>> byWatch = IntStream.range(0, 4)
                    .mapToObj(i -> next(received))
                    .collect(Collectors.groupingBy(WatchResponse::getWatchId));
            assertThat(byWatch.get(7L)).hasSize(1);
            WatchResponse first = byWatch.get(7L).get(0);
            assertThat(first.getEvents().getRevision()).isEqualTo(2);
            Event put = first.getEvents().getEvents(0);
            assertThat(put.getType()).isEqualTo(EventType.EVENT_TYPE_PUT);
            assertThat(put.getEntry().getValue()).isEqualTo(bytes("1"));
            List<Event> others = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                WatchResponse response = byWatch.get(8L).get(i);
                assertThat(response.getEvents().getRevision()).isEqualTo(4 + i);
                assertThat(response.getEvents().getMore()).isFalse();
                others.addAll(response.getEvents().getEventsList());
            }
            assertThat(others.get(0).hasPrevious()).isFalse();
            assertThat(others.get(1).getPrevious().getValue()).isEqualTo(bytes("1"));
            assertThat(others.get(2).getType()).isEqualTo(EventType.EVENT_TYPE_DELETE);
            assertThat(others.get(2).getPrevious().getValue()).isEqualTo(bytes("2"));
            assertThat(others.get(2).getEntry().getModRevision()).isEqualTo(6);
        }
    }

    @Test
    void aWatchFromThePastBeginsThereAndProgressIsTold() {
        try (Served served = Served.single()) {
            for (int i = 0; i < 5; i++) {
                put(served, "k", "v" + i);
            }
            Received<WatchResponse> received = new Received<>();
            WatchGrpc.newStub(served.channel()).watch(received).onNext(create(1, key("k").setFromRevision(4)));

            assertThat(next(received).getCreated().getStartRevision()).isEqualTo(4);
            for (long revision = 4; revision <= 6; revision++) {
                assertThat(next(received).getEvents().getRevision()).isEqualTo(revision);
            }
            put(served, "elsewhere", "v");
            WatchResponse progress = received.next();
            while (progress.getProgress().getRevision() < 7) {
                assertThat(progress.hasProgress()).isTrue();
                progress = received.next();
            }
            assertThat(progress.getProgress().getRevision()).isEqualTo(7);
        }
    }

    @Test
    void nothingFollowsACancelledWatchAndItsIdIsFreeAgain() {
        try (Served served = Served.single()) {
            Received<WatchResponse> received = new Received<>();
            StreamObserver<WatchRequest> stream =
                    WatchGrpc.newStub(served.channel()).watch(received);
            stream.onNext(create(1, key("k")));
            assertThat(next(received).hasCreated()).isTrue();
            long revision = put(served, "k", "1");
            assertThat(next(received).hasEvents()).isTrue();

            stream.onNext(cancel(1));
            WatchResponse cancelled = next(received);
            put(served, "k", "2");
            stream.onNext(cancel(1)); // there is none
            stream.onNext(create(1, key("k").setFromRevision(revision + 1)));

            assertThat(cancelled.getCancelled().hasFailure()).isFalse();
            assertThat(cancelled.getCancelled().getNextRevision()).isEqualTo(revision + 1);
            assertThat(next(received).hasCreated()).isTrue();
            assertThat(next(received).getEvents().getRevision()).isEqualTo(revision + 1);
            assertThat(served.engine().status().watches()).isEqualTo(1);
        }
    }

    @Test
    void aWatchThatCannotBeIsCancelledWithTheReasonAndTheStreamGoesOn() {
        WatchSettings small = new WatchSettings(2, 1 << 20, Duration.ofHours(1), 2, 10, Duration.ofSeconds(1));
        try (Served served = Served.single(config -> config.with(small))) {
            for (int i = 0; i < 10; i++) {
                put(served, "k", "v" + i);
            }
            Received<WatchResponse> received = new Received<>();
            StreamObserver<WatchRequest> stream =
                    WatchGrpc.newStub(served.channel()).watch(received);

            stream.onNext(create(1, key("k").setFromRevision(3)));
            var compacted = next(received).getCancelled();
            stream.onNext(create(2, key("")));
            var invalid = next(received).getCancelled();
            stream.onNext(create(3, key("k").setFromRevision(-1)));
            var negative = next(received).getCancelled();
            stream.onNext(create(4, key("k")));
            stream.onNext(create(5, key("k")));
            stream.onNext(create(6, key("k")));

            assertThat(compacted.getFailure().getReason()).isEqualTo(Reason.REASON_COMPACTED);
            assertThat(compacted.getFailure().getOldestRevision()).isEqualTo(10);
            assertThat(compacted.getNextRevision()).isEqualTo(3);
            assertThat(invalid.getFailure().getReason()).isEqualTo(Reason.REASON_INVALID);
            assertThat(negative.getFailure().getReason()).isEqualTo(Reason.REASON_INVALID);
            assertThat(next(received).hasCreated()).isTrue();
            assertThat(next(received).hasCreated()).isTrue();
            WatchResponse tooMany = next(received);
            assertThat(tooMany.getWatchId()).isEqualTo(6);
            assertThat(tooMany.getCancelled().getFailure().getReason()).isEqualTo(Reason.REASON_OVERLOADED);
        }
    }

    @Test
    void anIdInUseAndARequestOfNothingEndTheStream() throws Exception {
        try (Served served = Served.single()) {
            for (WatchRequest bad : List.of(create(1, key("k")), WatchRequest.getDefaultInstance())) {
                Received<WatchResponse> received = new Received<>();
                StreamObserver<WatchRequest> stream =
                        WatchGrpc.newStub(served.channel()).watch(received);
                stream.onNext(create(1, key("k")));
                stream.onNext(bad);

                assertThat(received.end().getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            }
            awaitNoWatches(served);
        }
    }

    private static void awaitNoWatches(Served served) {
        Awaitility.await()
                .atMost(Served.PATIENCE)
                .until(() -> served.engine().status().watches() == 0);
    }

    @Test
    void watchesEndWithTheirConnection() {
        try (Served served = Served.single()) {
            Received<WatchResponse> received = new Received<>();
            var channel = served.channel();
            StreamObserver<WatchRequest> stream = WatchGrpc.newStub(channel).watch(received);
            IntStream.range(0, 50).forEach(id -> stream.onNext(create(id, key("k"))));
            IntStream.range(0, 50)
                    .forEach(id -> assertThat(next(received).hasCreated()).isTrue());
            assertThat(served.engine().status().watches()).isEqualTo(50);

            channel.shutdownNow();

            awaitNoWatches(served);
        }
    }

    private static DEngineConfig patient(DEngineConfig config) {
        return config.with(new ApiSettings(config.api().address(), null, 4 << 20, 10, 10, 64 << 10));
    }

    private static void write(Served served, int from, int to) {
        BlockingCoordinationClient store = served.engine().client().blocking();
        ByteSequence value = ByteSequence.wrap(new byte[10_000]);
        for (int i = from; i < to; i++) {
            store.put(ByteSequence.of("k" + i % 7), value);
        }
    }

    @Test
    void aSlowClientIsWaitedForAndMissesNothing() {
        try (Served served = Served.single(WatchServiceTest::patient)) {
            Slow<WatchRequest, WatchResponse> slow = new Slow<>();
            StreamObserver<WatchRequest> stream =
                    WatchGrpc.newStub(served.channel()).watch(slow);
            stream.onNext(create(1, key("k").setPrefix(true)));
            stream.onNext(create(2, key("k").setPrefix(true).setFromRevision(1)));
            slow.take(2);
            assertThat(next(slow.received).hasCreated()).isTrue();
            write(served, 0, 600);
            // All that fits has been sent, and both watches are parked.
            awaitNoWatches(served);

            slow.takeAll();
            List<List<Long>> revisions = List.of(new ArrayList<>(), new ArrayList<>());
            write(served, 600, 700);
            while (revisions.get(0).size() < 700 || revisions.get(1).size() < 700) {
                WatchResponse response = slow.received.next();
                assertThat(response.hasCancelled()).isFalse();
                if (response.hasEvents()) {
                    revisions
                            .get((int) response.getWatchId() - 1)
                            .add(response.getEvents().getRevision());
                }
            }

            List<Long> all = LongStream.rangeClosed(2, 701).boxed().toList();
            assertThat(revisions.get(0)).isEqualTo(all);
            assertThat(revisions.get(1)).isEqualTo(all);
        }
    }

    @Test
    void aSlowClientThatTheHistoryNoLongerReachesIsToldWhereItsGapBegins() {
        WatchSettings small = new WatchSettings(50, 1 << 20, Duration.ofHours(1), 10, 10, Duration.ofSeconds(1));
        try (Served served = Served.single(config -> patient(config.with(small)))) {
            Slow<WatchRequest, WatchResponse> slow = new Slow<>();
            WatchGrpc.newStub(served.channel()).watch(slow).onNext(create(1, key("k").setPrefix(true)));
            slow.take(1);
            assertThat(next(slow.received).hasCreated()).isTrue();
            write(served, 0, 600);
            awaitNoWatches(served);
            write(served, 600, 700);

            slow.takeAll();
            long last = 1;
            WatchResponse response = slow.received.next();
            while (!response.hasCancelled()) {
                if (response.hasEvents()) {
                    assertThat(response.getEvents().getRevision()).isEqualTo(last + 1);
                    last++;
                }
                response = slow.received.next();
            }

            assertThat(response.getCancelled().getNextRevision()).isEqualTo(last + 1);
            assertThat(response.getCancelled().getFailure().getReason()).isEqualTo(Reason.REASON_COMPACTED);
            assertThat(response.getCancelled().getFailure().getOldestRevision()).isBetween(last + 2, 701L);
        }
    }

    @Test
    void aNodeThatStopsSaysWhereEachWatchGoesOn() throws Exception {
        try (Served served = Served.single()) {
            Received<WatchResponse> received = new Received<>();
            WatchGrpc.newStub(served.channel()).watch(received).onNext(create(1, key("k")));
            assertThat(next(received).hasCreated()).isTrue();
            put(served, "k", "1");
            assertThat(next(received).hasEvents()).isTrue();

            served.engine().close();

            WatchResponse cancelled = next(received);
            assertThat(cancelled.getCancelled().getFailure().getReason()).isEqualTo(Reason.REASON_CLOSED);
            assertThat(cancelled.getCancelled().getFailure().getFailureClass())
                    .isEqualTo(FailureClass.FAILURE_CLASS_REFUSED);
            assertThat(cancelled.getCancelled().getNextRevision()).isEqualTo(3);
            assertThat(received.end().getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
    }
}
