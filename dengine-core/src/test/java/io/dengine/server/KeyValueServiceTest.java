package io.dengine.server;

import static io.dengine.server.Served.bytes;
import static io.dengine.server.Served.codeOf;
import static io.dengine.server.Served.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.ByteString;
import io.dengine.proto.v1.CompareAndSetRequest;
import io.dengine.proto.v1.CompareAndSetResponse;
import io.dengine.proto.v1.DeleteRequest;
import io.dengine.proto.v1.Entry;
import io.dengine.proto.v1.FailureClass;
import io.dengine.proto.v1.GetAllRequest;
import io.dengine.proto.v1.GetAllResponse;
import io.dengine.proto.v1.GetRequest;
import io.dengine.proto.v1.GetResponse;
import io.dengine.proto.v1.KeyAbsent;
import io.dengine.proto.v1.KeyValueGrpc;
import io.dengine.proto.v1.PutRequest;
import io.dengine.proto.v1.ReadConsistency;
import io.dengine.proto.v1.Reason;
import io.dengine.proto.v1.ScanRequest;
import io.dengine.proto.v1.ScanResponse;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The store by single calls, at one node. */
@Timeout(60)
class KeyValueServiceTest {

    private static Served served;
    private static KeyValueGrpc.KeyValueBlockingStub store;

    @BeforeAll
    static void start() {
        served = Served.single();
        store = KeyValueGrpc.newBlockingStub(served.channel());
    }

    @AfterAll
    static void close() {
        served.close();
    }

    private static long put(String key, String value) {
        return store.put(PutRequest.newBuilder()
                        .setKey(bytes(key))
                        .setValue(bytes(value))
                        .build())
                .getRevision();
    }

    private static GetResponse get(String key) {
        return store.get(GetRequest.newBuilder().setKey(bytes(key)).build());
    }

    @ParameterizedTest
    @EnumSource(value = ReadConsistency.class, names = "UNRECOGNIZED", mode = EnumSource.Mode.EXCLUDE)
    void whatIsPutIsReadInEveryConsistency(ReadConsistency consistency) {
        long first = put("read", "1");
        long second = put("read", "2");

        GetResponse found = store.get(GetRequest.newBuilder()
                .setKey(bytes("read"))
                .setConsistency(consistency)
                .build());

        assertThat(second).isEqualTo(first + 1);
        assertThat(found.getRevision()).isEqualTo(second);
        Entry entry = found.getEntry();
        assertThat(entry.getValue()).isEqualTo(bytes("2"));
        assertThat(entry.getModRevision()).isEqualTo(second);
        assertThat(entry.getVersion()).isGreaterThan(1);
        assertThat(entry.getCreateRevision()).isLessThanOrEqualTo(first);
    }

    @Test
    void aMissingKeyIsAnAnswerWithoutAnEntry() {
        GetResponse missing = get("never");

        assertThat(missing.hasEntry()).isFalse();
        assertThat(missing.getRevision()).isPositive();
    }

    @Test
    void aDeleteSaysWhetherTheKeyExisted() {
        long revision = put("gone", "1");
        DeleteRequest delete = DeleteRequest.newBuilder().setKey(bytes("gone")).build();

        var first = store.delete(delete);
        var second = store.delete(delete);

        assertThat(first.getDeleted()).isTrue();
        assertThat(first.getRevision()).isEqualTo(revision + 1);
        assertThat(second.getDeleted()).isFalse();
        assertThat(second.getRevision()).isEqualTo(revision + 1);
        assertThat(get("gone").hasEntry()).isFalse();
    }

    @Test
    void aKeyWithATtlGoesByItself() {
        store.put(
                PutRequest.newBuilder().setKey(bytes("short")).setTtlMillis(50).build());

        Awaitility.await()
                .atMost(Served.PATIENCE)
                .untilAsserted(() -> assertThat(get("short").hasEntry()).isFalse());
    }

    @Test
    void compareAndSetGoesByAbsenceValueOrRevision() {
        CompareAndSetRequest.Builder swap =
                CompareAndSetRequest.newBuilder().setKey(bytes("cas")).setValue(bytes("1"));

        CompareAndSetResponse created = store.compareAndSet(
                swap.setAbsent(KeyAbsent.getDefaultInstance()).build());
        CompareAndSetResponse refused = store.compareAndSet(swap.build());
        CompareAndSetResponse byValue = store.compareAndSet(
                swap.setValueEquals(bytes("1")).setValue(bytes("")).build());
        CompareAndSetResponse byEmptyValue = store.compareAndSet(
                swap.setValueEquals(bytes("")).setValue(bytes("3")).build());
        CompareAndSetResponse byRevision = store.compareAndSet(
                swap.setModRevision(byEmptyValue.getRevision()).build());
        CompareAndSetResponse byOldRevision =
                store.compareAndSet(swap.setModRevision(created.getRevision()).build());
        CompareAndSetResponse byRevisionZero =
                store.compareAndSet(swap.setModRevision(0).build());

        assertThat(List.of(created, byValue, byEmptyValue, byRevision))
                .allMatch(CompareAndSetResponse::getSucceeded)
                .noneMatch(CompareAndSetResponse::hasCurrent);
        assertThat(refused.getSucceeded()).isFalse();
        assertThat(refused.getRevision()).isEqualTo(created.getRevision());
        assertThat(refused.getCurrent().getValue()).isEqualTo(bytes("1"));
        assertThat(byOldRevision.getCurrent().getModRevision()).isEqualTo(byRevision.getRevision());
        assertThat(byRevisionZero.getSucceeded()).isFalse();
    }

    @Test
    void getAllAnswersOnceForEachKeyThatExists() {
        put("all/1", "1");
        long revision = put("all/2", "2");

        GetAllResponse found = store.getAll(GetAllRequest.newBuilder()
                .addAllKeys(List.of(bytes("all/2"), bytes("all/0"), bytes("all/1"), bytes("all/2")))
                .setConsistency(ReadConsistency.READ_CONSISTENCY_LOCAL)
                .build());

        assertThat(found.getEntriesList()).extracting(Entry::getKey).containsExactly(bytes("all/2"), bytes("all/1"));
        assertThat(found.getRevision()).isEqualTo(revision);
    }

    @Test
    void aScanGoesPageByPage() {
        for (int i = 1; i <= 5; i++) {
            put("scan/" + i, "v");
        }
        ScanRequest.Builder scan =
                ScanRequest.newBuilder().setPrefix(bytes("scan/")).setLimit(3);

        ScanResponse first = store.scan(scan.build());
        ScanResponse second = store.scan(scan.setAfter(bytes("scan/3"))
                .setConsistency(ReadConsistency.READ_CONSISTENCY_LEASE)
                .build());

        assertThat(first.getEntriesList())
                .extracting(Entry::getKey)
                .containsExactly(bytes("scan/1"), bytes("scan/2"), bytes("scan/3"));
        assertThat(first.getMore()).isTrue();
        assertThat(second.getEntriesList()).extracting(Entry::getKey).containsExactly(bytes("scan/4"), bytes("scan/5"));
        assertThat(second.getMore()).isFalse();
    }

    @Test
    void aPageEndsAtItsBytesButHoldsAKey() {
        for (int i = 1; i <= 3; i++) {
            put("big/" + i, "x".repeat(1000));
        }
        ScanRequest.Builder scan = ScanRequest.newBuilder().setPrefix(bytes("big/"));

        assertThat(store.scan(scan.setMaxBytes(2_500).build()).getEntriesList()).hasSize(2);
        ScanResponse tiny = store.scan(scan.setMaxBytes(1).build());
        assertThat(tiny.getEntriesList()).hasSize(1);
        assertThat(tiny.getMore()).isTrue();
        assertThat(store.scan(scan.setMaxBytes(-1).build()).getEntriesList()).hasSize(3);
    }

    @Test
    void aPageFitsIntoWhatClientsAcceptByDefault() {
        for (int i = 1; i <= 5; i++) {
            store.put(PutRequest.newBuilder()
                    .setKey(bytes("large/" + i))
                    .setValue(ByteString.copyFrom(new byte[1_500_000]))
                    .build());
        }

        ScanResponse page =
                store.scan(ScanRequest.newBuilder().setPrefix(bytes("large/")).build());

        assertThat(page.getSerializedSize()).isLessThan(4 << 20);
        assertThat(page.getMore()).isTrue();
    }

    private static void assertInvalid(ThrowingCallable call, Reason reason, String text) {
        Throwable thrown = catchThrowable(call);
        assertThat(codeOf(thrown)).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(failureOf(thrown).getFailureClass()).isEqualTo(FailureClass.FAILURE_CLASS_REFUSED);
        assertThat(failureOf(thrown).getReason()).isEqualTo(reason);
        assertThat(failureOf(thrown).getText()).contains(text);
        assertThat(Status.fromThrowable(thrown).getDescription()).contains(text);
    }

    @Test
    void illFormedRequestsAreRefusedWithTheReason() {
        assertInvalid(() -> put("", "v"), Reason.REASON_INVALID, "the key is empty");
        assertInvalid(() -> put("k".repeat(33 << 10), "v"), Reason.REASON_TOO_LARGE, "the limit is 32768");
        assertInvalid(
                () -> store.put(PutRequest.newBuilder()
                        .setKey(bytes("k"))
                        .setTtlMillis(-1)
                        .build()),
                Reason.REASON_INVALID,
                "ttl_millis is too large: 18446744073709551615");
        assertInvalid(
                () -> store.compareAndSet(
                        CompareAndSetRequest.newBuilder().setKey(bytes("k")).build()),
                Reason.REASON_INVALID,
                "without an expectation");
        assertInvalid(
                () -> store.get(GetRequest.newBuilder()
                        .setKey(bytes("k"))
                        .setConsistencyValue(9)
                        .build()),
                Reason.REASON_INVALID,
                "consistency");
        assertInvalid(
                () -> store.scan(ScanRequest.newBuilder().setLimit(10_001).build()),
                Reason.REASON_INVALID,
                "a scan limit of 10001");
    }

    @Test
    void aRequestAboveTheLimitIsRefusedUnread() {
        Throwable thrown = catchThrowable(() -> store.put(PutRequest.newBuilder()
                .setKey(bytes("k"))
                .setValue(ByteString.copyFrom(new byte[5 << 20]))
                .build()));

        assertThat(codeOf(thrown)).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(thrown).hasMessageContaining("exceeds maximum size 4194304");
        assertThat(get("k").hasEntry()).isFalse();
    }

    @Test
    void aCallWithinItsDeadlineIsAnswered() {
        assertThat(store.withDeadlineAfter(20, TimeUnit.SECONDS)
                        .get(GetRequest.newBuilder().setKey(bytes("never")).build())
                        .hasEntry())
                .isFalse();
    }
}
