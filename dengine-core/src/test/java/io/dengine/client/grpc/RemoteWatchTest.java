package io.dengine.client.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.dengine.DEngineClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CompactedException;
import io.dengine.api.RefusedException;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import io.dengine.client.grpc.ScriptedNode.Watching;
import io.dengine.proto.v1.CreateWatch;
import io.dengine.proto.v1.Entry;
import io.dengine.proto.v1.Event;
import io.dengine.proto.v1.EventType;
import io.dengine.proto.v1.Failure;
import io.dengine.proto.v1.FailureClass;
import io.dengine.proto.v1.Reason;
import io.dengine.proto.v1.WatchCancelled;
import io.dengine.proto.v1.WatchCreated;
import io.dengine.proto.v1.WatchEvents;
import io.dengine.proto.v1.WatchProgress;
import io.dengine.proto.v1.WatchResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A watch whose node breaks, falls behind, or ends it. */
@Timeout(30)
class RemoteWatchTest {

    private static final WatchRequest REQUEST = WatchRequest.prefix(ByteSequence.of("k"));

    private final ScriptedNode node = new ScriptedNode(1);
    private DEngineClient client;

    /** What a listener was told. */
    private static final class Recorder implements WatchListener {

        final BlockingQueue<String> told = new LinkedBlockingQueue<>();
        final CompletableFuture<Throwable> closed = new CompletableFuture<>();

        @Override
        public void onEvents(long revision, List<WatchEvent> events) {
            told.add(revision + "x" + events.size());
        }

        @Override
        public void onProgress(long revision) {
            told.add("progress " + revision);
        }

        @Override
        public void onClosed(Throwable cause) {
            closed.complete(cause);
        }

        String next() throws InterruptedException {
            return String.valueOf(told.poll(10, TimeUnit.SECONDS));
        }
    }

    @BeforeEach
    void connect() {
        client = DEngineClient.connect(
                ClientSettings.of(List.of(node.address)).withWatches(new ClientSettings.Watches(2, 4)));
    }

    @AfterEach
    void closeAll() {
        client.close();
        node.close();
    }

    private CompletableFuture<Watch> begin(WatchRequest request, WatchListener listener) {
        return CompletableFuture.supplyAsync(() -> client.client().watch(request, listener));
    }

    private static CreateWatch created(Watching stream, long startRevision) throws InterruptedException {
        CreateWatch create = stream.next().getCreate();
        stream.client()
                .onNext(WatchResponse.newBuilder()
                        .setWatchId(create.getWatchId())
                        .setCreated(WatchCreated.newBuilder().setStartRevision(startRevision))
                        .build());
        return create;
    }

    private static void events(Watching stream, CreateWatch watch, long revision, boolean more) {
        Event event = Event.newBuilder()
                .setType(EventType.EVENT_TYPE_PUT)
                .setEntry(
                        Entry.newBuilder().setKey(ByteString.copyFromUtf8("k")).setModRevision(revision))
                .build();
        stream.client()
                .onNext(WatchResponse.newBuilder()
                        .setWatchId(watch.getWatchId())
                        .setEvents(WatchEvents.newBuilder()
                                .setRevision(revision)
                                .addEvents(event)
                                .setMore(more))
                        .build());
    }

    private static void cancel(Watching stream, CreateWatch watch, Reason reason, long oldest) {
        stream.client()
                .onNext(WatchResponse.newBuilder()
                        .setWatchId(watch.getWatchId())
                        .setCancelled(WatchCancelled.newBuilder()
                                .setFailure(Failure.newBuilder()
                                        .setFailureClass(FailureClass.FAILURE_CLASS_REFUSED)
                                        .setReason(reason)
                                        .setText("cancelled by the test")
                                        .setOldestRevision(oldest)))
                        .build());
    }

    @Test
    void aWatchGoesOnBehindWhatItHasDeliveredWhenItsStreamBreaks() throws Exception {
        Recorder listener = new Recorder();
        CompletableFuture<Watch> watch = begin(REQUEST, listener);
        Watching first = node.nextWatchStream();
        CreateWatch create = created(first, 5);
        assertThat(create.getFromRevision()).isZero();
        assertThat(watch.get(10, TimeUnit.SECONDS).startRevision()).isEqualTo(5);
        events(first, create, 5, false);
        events(first, create, 8, false);
        events(first, create, 9, true); // half of a revision
        assertThat(listener.next()).isEqualTo("5x1");
        assertThat(listener.next()).isEqualTo("8x1");
        node.breakStreams();

        Watching second = node.nextWatchStream();
        CreateWatch again = created(second, 9);
        assertThat(again.getFromRevision()).isEqualTo(9);
        events(second, again, 8, false); // had before
        events(second, again, 9, true);
        events(second, again, 9, false);
        assertThat(listener.next()).isEqualTo("9x2");
        second.client()
                .onNext(WatchResponse.newBuilder()
                        .setWatchId(again.getWatchId())
                        .setProgress(WatchProgress.newBuilder().setRevision(20))
                        .build());
        assertThat(listener.next()).isEqualTo("progress 20");
        node.kill();
        node.start();

        assertThat(node.nextWatchStream().next().getCreate().getFromRevision()).isEqualTo(21);
        assertThat(listener.told).isEmpty();
    }

    @Test
    void aWatchOfWhatIsGoneIsRefusedWithTheOldestRevisionLeft() throws Exception {
        Recorder listener = new Recorder();
        CompletableFuture<Watch> watch = begin(REQUEST.withFromRevision(3), listener);
        Watching stream = node.nextWatchStream();
        cancel(stream, stream.next().getCreate(), Reason.REASON_COMPACTED, 40);
        assertThatThrownBy(() -> watch.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(CompactedException.class)
                .hasMessageContaining("revision 3")
                .satisfies(failure -> assertThat(((CompactedException) failure.getCause()).oldestRevision())
                        .isEqualTo(40));
        assertThat(listener.closed).isNotDone();
    }

    @Test
    void aRunningWatchIsToldWhenTheHistoryIsGone() throws Exception {
        Recorder listener = new Recorder();
        CompletableFuture<Watch> watch = begin(REQUEST.withFromRevision(3), listener);
        Watching stream = node.nextWatchStream();
        CreateWatch create = created(stream, 3);
        watch.get(10, TimeUnit.SECONDS);
        events(stream, create, 3, false);
        cancel(stream, create, Reason.REASON_COMPACTED, 40);
        assertThat(listener.next()).isEqualTo("3x1");
        assertThat(listener.closed.get(10, TimeUnit.SECONDS))
                .isInstanceOf(CompactedException.class)
                .hasMessageContaining("revision 4");
    }

    @Test
    void aNodeThatClosesIsNoEndOfTheWatch() throws Exception {
        Recorder listener = new Recorder();
        CompletableFuture<Watch> watch = begin(REQUEST.withFromRevision(3), listener);
        Watching stream = node.nextWatchStream();
        CreateWatch create = created(stream, 3);
        watch.get(10, TimeUnit.SECONDS);
        cancel(stream, create, Reason.REASON_CLOSED, 0);
        assertThat(stream.next().getCreate().getFromRevision()).isEqualTo(3);
        assertThat(listener.closed).isNotDone();
    }

    @Test
    void aSlowListenerCostsABoundedQueueAndLosesNothing() throws Exception {
        BlockingQueue<Long> seen = new LinkedBlockingQueue<>();
        Semaphore pace = new Semaphore(0);
        CompletableFuture<Watch> watch = begin(REQUEST, (revision, events) -> {
            pace.acquireUninterruptibly();
            seen.add(revision);
        });
        Watching stream = node.nextWatchStream();
        CreateWatch create = created(stream, 1);
        watch.get(10, TimeUnit.SECONDS);
        for (long revision = 1; revision <= 20; revision++) {
            events(stream, create, revision, false);
        }
        assertThat(stream.next().getCancel().getWatchId()).isEqualTo(create.getWatchId());
        pace.release(1000);

        CreateWatch again = created(stream, 0);
        // One with the listener and four in the queue at most.
        assertThat(again.getFromRevision()).isBetween(5L, 6L);
        assertThat(again.getWatchId()).isNotEqualTo(create.getWatchId());
        events(stream, create, 21, false); // of the watch that was cancelled
        for (long revision = again.getFromRevision(); revision <= 8; revision++) {
            events(stream, again, revision, false);
        }
        for (long revision = 1; revision <= 8; revision++) {
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo(revision);
        }
    }

    @Test
    void aListenerThatFailsEndsItsWatchAtTheNodeToo() throws Exception {
        CompletableFuture<Throwable> closed = new CompletableFuture<>();
        CompletableFuture<Watch> watch = begin(REQUEST, new WatchListener() {
            @Override
            public void onEvents(long revision, List<WatchEvent> events) {
                throw new IllegalStateException("of the listener");
            }

            @Override
            public void onClosed(Throwable cause) {
                closed.complete(cause);
            }
        });
        Watching stream = node.nextWatchStream();
        CreateWatch create = created(stream, 1);
        watch.get(10, TimeUnit.SECONDS);
        events(stream, create, 1, false);
        assertThat(closed.get(10, TimeUnit.SECONDS)).hasMessage("of the listener");
        assertThat(stream.next().getCancel().getWatchId()).isEqualTo(create.getWatchId());
    }

    @Test
    void aClosedWatchIsTakenFromItsNodeAndMakesRoom() throws Exception {
        CompletableFuture<Watch> one = begin(REQUEST, new Recorder());
        Watching stream = node.nextWatchStream();
        CreateWatch create = created(stream, 1);
        CompletableFuture<Watch> two = begin(REQUEST, new Recorder());
        created(stream, 1);
        two.get(10, TimeUnit.SECONDS);
        assertThatThrownBy(() -> client.client().watch(REQUEST, new Recorder()))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(RefusedException.Reason.OVERLOADED));
        one.get(10, TimeUnit.SECONDS).close();
        assertThat(stream.next().getCancel().getWatchId()).isEqualTo(create.getWatchId());
        CompletableFuture<Watch> three = begin(REQUEST, new Recorder());
        created(stream, 1);
        three.get(10, TimeUnit.SECONDS);
    }

    @Test
    void aClosedClientTellsItsWatches() throws Exception {
        Recorder listener = new Recorder();
        CompletableFuture<Watch> watch = begin(REQUEST, listener);
        created(node.nextWatchStream(), 1);
        watch.get(10, TimeUnit.SECONDS);
        client.close();
        assertThat(listener.closed.get(10, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(RefusedException.Reason.CLOSED));
    }

    @Test
    void aWatchThatNoNodeTakesIsRefusedInTime() throws Exception {
        node.kill();
        try (DEngineClient lonely = DEngineClient.connect(
                ClientSettings.of(List.of(node.address)).withRequestTimeout(Duration.ofMillis(300)))) {
            assertThatThrownBy(() -> lonely.client().watch(REQUEST, new Recorder()))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            refused -> assertThat(refused.reason()).isEqualTo(RefusedException.Reason.UNAVAILABLE))
                    .hasMessageContaining(node.address.toString());
        }
        await().atMost(Duration.ofSeconds(10))
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                                .filter(thread -> thread.getName().startsWith("dengine-client-loop"))
                                .count()
                        <= 1);
    }
}
