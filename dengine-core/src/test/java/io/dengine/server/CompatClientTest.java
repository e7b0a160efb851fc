package io.dengine.server;

import static io.dengine.server.Served.bytes;
import static io.dengine.server.Served.codeOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.dengine.api.ByteSequence;
import io.dengine.config.ApiSettings;
import io.dengine.config.WatchSettings;
import io.dengine.proto.compat.client.ClientReadRequest;
import io.dengine.proto.compat.client.ClientResponse;
import io.dengine.proto.compat.client.ClientResult;
import io.dengine.proto.compat.client.ClientWriteRequest;
import io.dengine.proto.compat.client.KvEntry;
import io.dengine.proto.compat.client.MembershipSnapshot;
import io.dengine.proto.compat.client.RaftClientServiceGrpc;
import io.dengine.proto.compat.client.ReadConsistencyPolicy;
import io.dengine.proto.compat.client.ScanRequest;
import io.dengine.proto.compat.client.ScanResponse;
import io.dengine.proto.compat.client.WatchEventType;
import io.dengine.proto.compat.client.WatchMembershipRequest;
import io.dengine.proto.compat.client.WatchRequest;
import io.dengine.proto.compat.client.WatchResponse;
import io.dengine.proto.compat.client.WriteCommand;
import io.dengine.proto.compat.error.ErrorCode;
import io.dengine.server.Served.Received;
import io.dengine.server.Served.Slow;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The store as clients of d-engine use it, at one node. */
@Timeout(60)
class CompatClientTest {

    private Served served;
    private RaftClientServiceGrpc.RaftClientServiceBlockingStub store;

    @BeforeEach
    void start() {
        served = Served.single(
                config -> config.with(new ApiSettings(config.api().address(), null, 4 << 20, 10, 10, 64 << 10)));
        store = RaftClientServiceGrpc.newBlockingStub(served.channel());
    }

    @AfterEach
    void close() {
        served.close();
    }

    private boolean write(WriteCommand.Builder command) {
        ClientResponse response = store.handleClientWrite(ClientWriteRequest.newBuilder()
                .setClientId(42)
                .setCommand(command)
                .build());
        assertThat(response.getError()).isEqualTo(ErrorCode.SUCCESS);
        assertThat(response.hasWriteResult()).isTrue();
        assertThat(response.hasMetadata()).isFalse();
        return response.getWriteResult().getSucceeded();
    }

    private boolean put(String key, String value, long ttlSeconds) {
        return write(WriteCommand.newBuilder()
                .setInsert(WriteCommand.Insert.newBuilder()
                        .setKey(bytes(key))
                        .setValue(bytes(value))
                        .setTtlSecs(ttlSeconds)));
    }

    private boolean delete(String key) {
        return write(WriteCommand.newBuilder()
                .setDelete(WriteCommand.Delete.newBuilder().setKey(bytes(key))));
    }

    private boolean swap(String key, String expected, String value) {
        WriteCommand.CompareAndSwap.Builder swap =
                WriteCommand.CompareAndSwap.newBuilder().setKey(bytes(key)).setNewValue(bytes(value));
        if (expected != null) {
            swap.setExpectedValue(bytes(expected));
        }
        return write(WriteCommand.newBuilder().setCompareAndSwap(swap));
    }

    private ClientResponse read(ClientReadRequest.Builder request, String... keys) {
        for (String key : keys) {
            request.addKeys(bytes(key));
        }
        ClientResponse response = store.handleClientRead(request.build());
        assertThat(response.getError()).isEqualTo(ErrorCode.SUCCESS);
        assertThat(response.hasReadData()).isTrue();
        return response;
    }

    private static ClientResult result(String key, String value) {
        return ClientResult.newBuilder()
                .setKey(bytes(key))
                .setValue(bytes(value))
                .build();
    }

    @ParameterizedTest
    @EnumSource(value = ReadConsistencyPolicy.class, names = "UNRECOGNIZED", mode = EnumSource.Mode.EXCLUDE)
    void missingKeysAreLeftOutAndOthersComeInTheOrderAskedFor(ReadConsistencyPolicy policy) {
        put("a", "1", 0);
        put("empty", "", 0);

        ClientResponse response =
                read(ClientReadRequest.newBuilder().setConsistencyPolicy(policy), "empty", "missing", "a", "empty");

        assertThat(response.getReadData().getResultsList())
                .containsExactly(result("empty", ""), result("a", "1"), result("empty", ""));
    }

    @Test
    void aReadWithoutOrOfAnUnknownPolicyIsLinearizableAndOneOfNoKeysIsEmpty() {
        put("a", "1", 0);

        assertThat(read(ClientReadRequest.newBuilder(), "a").getReadData().getResultsList())
                .containsExactly(result("a", "1"));
        assertThat(read(ClientReadRequest.newBuilder().setConsistencyPolicyValue(7), "a")
                        .getReadData()
                        .getResultsCount())
                .isEqualTo(1);
        assertThat(read(ClientReadRequest.newBuilder()).getReadData().getResultsCount())
                .isZero();
    }

    @Test
    void deletesAlwaysSucceed() {
        put("a", "1", 0);

        assertThat(delete("a")).isTrue();
        assertThat(delete("a")).isTrue();
        assertThat(read(ClientReadRequest.newBuilder(), "a").getReadData().getResultsCount())
                .isZero();
    }

    @Test
    void aSwapHasItsFourCases() {
        assertThat(swap("k", "1", "x")).as("expected, but absent").isFalse();
        assertThat(swap("k", null, "")).as("absent as expected").isTrue();
        assertThat(swap("k", null, "x")).as("there, but expected absent").isFalse();
        assertThat(swap("k", "", "1")).as("empty as expected").isTrue();
        assertThat(swap("k", "", "x")).as("another value").isFalse();
        assertThat(swap("k", "1", "2")).as("the value expected").isTrue();
    }

    @Test
    void aTtlEndsAKeyWithAnEventAndAPlainPutClearsIt() {
        Received<WatchResponse> received = new Received<>();
        RaftClientServiceGrpc.newStub(served.channel()).watch(watch("ttl", false, true), received);
        awaitWatches(1);
        put("cleared", "1", 1);
        put("cleared", "2", 0);
        put("ttl", "1", 1);

        assertThat(next(received).getEventType()).isEqualTo(WatchEventType.WATCH_EVENT_TYPE_PUT);
        WatchResponse expired = next(received);
        assertThat(expired.getEventType()).isEqualTo(WatchEventType.WATCH_EVENT_TYPE_DELETE);
        assertThat(expired.getPrevValue()).isEqualTo(bytes("1"));
        assertThat(read(ClientReadRequest.newBuilder(), "ttl", "cleared")
                        .getReadData()
                        .getResultsList())
                .containsExactly(result("cleared", "2"));
    }

    private ScanResponse scan(String prefix) {
        return store.handleClientScan(
                ScanRequest.newBuilder().setPrefix(bytes(prefix)).build());
    }

    @Test
    void aScanIsSortedAndCarriesItsRevision() {
        put("/s/2", "b", 0);
        put("/s/1", "a", 0);
        put("/t/1", "c", 0);

        ScanResponse found = scan("/s/");

        assertThat(found.getEntriesList()).extracting(KvEntry::getKey).containsExactly(bytes("/s/1"), bytes("/s/2"));
        assertThat(found.getRevision()).isEqualTo(4);
        assertThat(scan("").getEntriesCount()).isEqualTo(3);
        assertThat(scan("/none/").getEntriesCount()).isZero();
    }

    @Test
    void aScanOfMoreThanAPageIsOfOneRevision() {
        var client = served.engine().client();
        var writes = IntStream.range(0, 10_050)
                .mapToObj(i -> client.put(ByteSequence.of(String.format("/n/%05d", i)), ByteSequence.EMPTY))
                .toList();
        writes.forEach(CompletableFuture::join);

        ScanResponse found = scan("/n/");

        assertThat(found.getEntriesCount()).isEqualTo(10_050);
        assertThat(found.getEntries(10_049).getKey()).isEqualTo(bytes("/n/10049"));
        assertThat(found.getRevision()).isEqualTo(10_051);
    }

    private static WatchRequest watch(String key, boolean prefix, boolean previous) {
        return WatchRequest.newBuilder()
                .setClientId(99)
                .setKey(bytes(key))
                .setPrefix(prefix)
                .setPrevKv(previous)
                .build();
    }

    private void awaitWatches(int count) {
        Awaitility.await()
                .atMost(Served.PATIENCE)
                .until(() -> served.engine().status().watches() == count);
    }

    private static WatchResponse next(Received<WatchResponse> received) {
        WatchResponse response = received.next();
        while (response.getEventType() == WatchEventType.WATCH_EVENT_TYPE_PROGRESS) {
            response = received.next();
        }
        return response;
    }

    @Test
    void aPrefixWatchSeesWhatIsBelowWithTheValueBefore() {
        Received<WatchResponse> received = new Received<>();
        RaftClientServiceGrpc.newStub(served.channel()).watch(watch("/services/pay/", true, true), received);
        awaitWatches(1);
        put("/services/pay", "no", 0);
        put("/services/pay/1", "a", 0);
        swap("/services/pay/1", "a", "b");
        swap("/services/pay/1", "a", "c");
        delete("/services/pay/1");

        WatchResponse first = next(received);
        assertThat(first)
                .isEqualTo(WatchResponse.newBuilder()
                        .setKey(bytes("/services/pay/1"))
                        .setValue(bytes("a"))
                        .setRevision(3)
                        .build());
        WatchResponse second = next(received);
        assertThat(second.getPrevValue()).isEqualTo(bytes("a"));
        assertThat(second.getValue()).isEqualTo(bytes("b"));
        WatchResponse third = next(received);
        assertThat(third.getEventType()).isEqualTo(WatchEventType.WATCH_EVENT_TYPE_DELETE);
        assertThat(third.getRevision()).isEqualTo(5);
        assertThat(third.getPrevValue()).isEqualTo(bytes("b"));
    }

    @Test
    void progressCarriesTheTrueRevision() {
        Received<WatchResponse> received = new Received<>();
        RaftClientServiceGrpc.newStub(served.channel()).watch(watch("k", false, false), received);
        awaitWatches(1);
        put("elsewhere", "1", 0);

        WatchResponse progress = received.next();
        while (progress.getRevision() < 2) {
            progress = received.next();
        }
        assertThat(progress.getEventType()).isEqualTo(WatchEventType.WATCH_EVENT_TYPE_PROGRESS);
        assertThat(progress.getRevision()).isEqualTo(2);
        assertThat(progress.getKey().isEmpty()).isTrue();
    }

    @Test
    void aPrefixThatIsNoneAndAnEmptyKeyAreInvalid() {
        for (String prefix : new String[] {"", "a/", "/a"}) {
            Throwable thrown =
                    catchThrowable(() -> store.watch(watch(prefix, true, false)).next());
            assertThat(codeOf(thrown)).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(thrown).hasMessageContaining("prefix must start with '/' and end with '/'");
        }
        assertThat(codeOf(catchThrowable(
                        () -> store.watch(watch("", false, false)).next())))
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    /** Clients in Rust wait for the headers before they return the stream. */
    @Test
    void headersOfAWatchComeBeforeItsFirstEventAndThenItIsInPlace() throws Exception {
        CompletableFuture<Metadata> headers = new CompletableFuture<>();

        Channel channel = served.channel();
        ClientCall<WatchRequest, WatchResponse> call =
                channel.newCall(RaftClientServiceGrpc.getWatchMethod(), CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onHeaders(Metadata received) {
                        headers.complete(received);
                    }
                },
                new Metadata());
        call.sendMessage(watch("k", false, false));
        call.halfClose();

        headers.get(20, TimeUnit.SECONDS); // no message was asked for, so none can have brought them
        assertThat(served.engine().status().watches()).isEqualTo(1);
        call.cancel("seen enough", null);
        awaitWatches(0);
    }

    @Test
    void aSlowClientIsCancelledOnlyWhenTheHistoryIsGone() {
        served.close();
        WatchSettings small = new WatchSettings(50, 1 << 20, Duration.ofHours(1), 10, 10, Duration.ofSeconds(1));
        served = Served.single(config ->
                config.with(small).with(new ApiSettings(config.api().address(), null, 4 << 20, 10, 10, 64 << 10)));
        Slow<WatchRequest, WatchResponse> slow = new Slow<>();
        RaftClientServiceGrpc.newStub(served.channel()).watch(watch("k", false, false), slow);
        awaitWatches(1);
        var writer = served.engine().client().blocking();
        ByteSequence value = ByteSequence.wrap(new byte[10_000]);
        for (int i = 0; i < 600; i++) {
            writer.put(ByteSequence.of("k"), value);
        }
        awaitWatches(0);

        slow.takeAll();
        long last = 1;
        WatchResponse response = next(slow.received);
        while (response.getEventType() == WatchEventType.WATCH_EVENT_TYPE_PUT) {
            assertThat(response.getRevision()).isEqualTo(++last);
            response = next(slow.received);
        }
        assertThat(response.getEventType()).isEqualTo(WatchEventType.WATCH_EVENT_TYPE_CANCELED);
        assertThat(response.getError()).isEqualTo(ErrorCode.WATCH_BUFFER_OVERFLOW);
        assertThat(response.getRevision()).isEqualTo(last + 1);
    }

    @Test
    void streamsEndAsUnavailableWhenTheNodeStops() throws Exception {
        Received<WatchResponse> watch = new Received<>();
        Received<MembershipSnapshot> members = new Received<>();
        var stub = RaftClientServiceGrpc.newStub(served.channel());
        stub.watch(watch("k", false, false), watch);
        stub.watchMembership(WatchMembershipRequest.getDefaultInstance(), members);
        MembershipSnapshot now = members.next();
        assertThat(now.getMembersList()).containsExactly(1);
        assertThat(now.getLearnersList()).isEmpty();
        awaitWatches(1);

        served.engine().close();

        StatusRuntimeException ofWatch = watch.end();
        assertThat(ofWatch.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(ofWatch).hasMessageContaining("Watch stream closed");
        assertThat(members.end().getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }
}
