package io.dengine.spring.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.CoordinationClient;
import io.dengine.api.DeleteResult;
import io.dengine.api.Expectation;
import io.dengine.api.GetResult;
import io.dengine.api.IndeterminateException;
import io.dengine.api.MultiGetResult;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.ScanRequest;
import io.dengine.api.ScanResult;
import io.dengine.api.Watch;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import io.dengine.spring.InMemoryClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class CoordinationTemplateTest {

    private static final ValueConverters CONVERTERS = new ValueConverters(List.of(
            new BytesValueConverter(), new StringValueConverter(), new JsonValueConverter(JsonMapper.shared())));

    record Flag(String name, boolean on) {}

    private final InMemoryClient store = new InMemoryClient();
    private final CoordinationTemplate template =
            new CoordinationTemplate(store, CONVERTERS, ReadConsistency.LINEARIZABLE);
    private final ValueOperations values = template.opsForValue();

    @Test
    void valueComesBackAsWhatItWasWithItsRevisions() {
        long created = values.put("/flags/a", new Flag("a", false));
        long changed = values.put("/flags/a", new Flag("a", true));

        Versioned<Flag> read = values.get("/flags/a", Flag.class);

        assertThat(read).isEqualTo(new Versioned<>("/flags/a", new Flag("a", true), created, changed, 2));
        assertThat(values.get("/flags/a", String.class).value()).isEqualTo("{\"name\":\"a\",\"on\":true}");
        assertThat(values.get("/flags/missing", Flag.class)).isNull();
    }

    @Test
    void bytesAndTextAreStoredAsTheyAre() {
        values.put("b", new byte[] {1, 0, -1});
        values.put("t", "grüß");

        assertThat(values.get("b", byte[].class).value()).containsExactly(1, 0, -1);
        assertThat(values.get("t", ByteSequence.class).value()).isEqualTo(ByteSequence.of("grüß"));
    }

    @Test
    void primitiveClassReadsAsItsBox() {
        values.put("n", 42);

        assertThat(values.get("n", int.class).value()).isEqualTo(42);
    }

    @Test
    void unreadableValueNamesKeyAndType() {
        values.put("k", "not json");

        ValueConversionException failure =
                catchThrowableOfType(ValueConversionException.class, () -> values.get("k", Flag.class));

        assertThat(failure).hasMessageContaining("'k'").hasMessageContaining(Flag.class.getName());
        assertThat(failure.key()).isEqualTo("k");
        assertThat(failure.type()).isEqualTo(Flag.class);
    }

    @Test
    void brokenTextIsRefusedNotReplaced() {
        values.put("k", new byte[] {(byte) 0xC3});

        assertThatThrownBy(() -> values.get("k", String.class)).isInstanceOf(ValueConversionException.class);
        assertThatThrownBy(() -> values.put("k", "\uD800")).isInstanceOf(ValueConversionException.class);
    }

    @Test
    void jsonNullIsNotAValue() {
        values.put("k", "null");

        assertThatThrownBy(() -> values.get("k", Flag.class)).isInstanceOf(ValueConversionException.class);
    }

    @Test
    void valueWithoutConverterIsNotSent() {
        ValueConverters onlyText = new ValueConverters(List.of(new StringValueConverter()));
        CoordinationTemplate plain = new CoordinationTemplate(store, onlyText, ReadConsistency.LINEARIZABLE);

        assertThatThrownBy(() -> plain.opsForValue().put("k", new Flag("a", true)))
                .isInstanceOf(ValueConversionException.class)
                .hasMessageContaining("no ValueConverter supports");
        assertThat(store.revision()).isEqualTo(1);
    }

    @Test
    void mismatchTellsTheCurrentValue() {
        long seen = values.put("/flags/a", new Flag("a", false));
        long other = values.put("/flags/a", new Flag("a", true));

        CompareAndSetOutcome<Flag> outcome = values.compareAndSet("/flags/a", seen, new Flag("mine", true));

        assertThat(outcome.succeeded()).isFalse();
        assertThat(outcome.current().value()).isEqualTo(new Flag("a", true));
        assertThat(outcome.current().modRevision()).isEqualTo(other);
        assertThat(values.compareAndSet("/flags/a", other, new Flag("mine", true)))
                .isEqualTo(new CompareAndSetOutcome<>(true, other + 1, null));
    }

    @Test
    void compareByValueTakesLongsForValues() {
        values.put("counter", 5L);

        assertThat(values.compareAndSetValue("counter", 5L, 6L).succeeded()).isTrue();
        assertThat(values.compareAndSetValue("counter", 5L, 7L).current().value())
                .isEqualTo(6L);
    }

    @Test
    void putIfAbsentLeavesWhatIsThere() {
        assertThat(values.putIfAbsent("k", "first").succeeded()).isTrue();
        assertThat(values.putIfAbsent("k", "second").current().value()).isEqualTo("first");
    }

    @Test
    void deleteTellsWhetherTheKeyExisted() {
        values.put("k", "v");

        assertThat(values.delete("k")).isTrue();
        assertThat(values.delete("k")).isFalse();
    }

    @Test
    void pageCarriesItsRevisionAndWhetherThereIsMore() {
        values.put("/a/2", "two");
        values.put("/a/1", "one");
        long last = values.put("/b/1", "other");

        VersionedPage<String> page = values.scan("/a/", 1, String.class);

        assertThat(page.entries()).extracting(Versioned::value).containsExactly("one");
        assertThat(page.more()).isTrue();
        assertThat(page.revision()).isEqualTo(last);
        assertThat(values.getAll(List.of("/b/1", "/none", "/a/2"), String.class).entries())
                .extracting(Versioned::key)
                .containsExactly("/b/1", "/a/2");
    }

    @Test
    void futuresFailWithTheFailureItself() {
        store.refuseWith(RefusedException.Reason.NO_LEADER);

        CompletableFuture<Long> put = template.async().opsForValue().put("k", "v");

        assertThatThrownBy(put::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(RefusedException.class);
        put.handle((revision, failure) -> assertThat(failure).isInstanceOf(RefusedException.class))
                .join();
        assertThatThrownBy(() -> values.put("k", "v")).isInstanceOf(RefusedException.class);
    }

    @Test
    void unansweredWriteIsIndeterminateAndUnansweredReadRefused() {
        ValueOperations silent = new CoordinationTemplate(new SilentClient(), CONVERTERS, ReadConsistency.LINEARIZABLE)
                .withTimeout(Duration.ofMillis(20))
                .opsForValue();

        assertThatThrownBy(() -> silent.put("k", "v")).isInstanceOf(IndeterminateException.class);
        assertThatThrownBy(() -> silent.delete("k")).isInstanceOf(IndeterminateException.class);
        RefusedException read = catchThrowableOfType(RefusedException.class, () -> silent.get("k", String.class));
        assertThat(read.reason()).isEqualTo(RefusedException.Reason.TIMEOUT);
    }

    @Test
    void interruptEndsTheWaitAndStaysSet() {
        ValueOperations silent = new CoordinationTemplate(new SilentClient(), CONVERTERS, ReadConsistency.LINEARIZABLE)
                .withTimeout(Duration.ofSeconds(60))
                .opsForValue();
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> silent.put("k", "v")).isInstanceOf(IndeterminateException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void consistencyIsTheTemplatesUnlessTheCallNamesOne() {
        SilentClient asked = new SilentClient();
        CoordinationTemplate local = new CoordinationTemplate(asked, CONVERTERS, ReadConsistency.LINEARIZABLE)
                .withTimeout(Duration.ofMillis(1))
                .withConsistency(ReadConsistency.LOCAL);

        assertThat(local.async().opsForValue().get("k", String.class)).isNotDone();
        assertThat(local.async().opsForValue().scan("k", 1, String.class, ReadConsistency.LEASE))
                .isNotDone();
        assertThatThrownBy(() -> local.opsForValue().getAll(List.of("k"), String.class))
                .isInstanceOf(RefusedException.class);

        assertThat(asked.consistencies)
                .containsExactly(ReadConsistency.LOCAL, ReadConsistency.LEASE, ReadConsistency.LOCAL);
    }

    /** A store that never answers. */
    private static final class SilentClient implements CoordinationClient {

        private final List<ReadConsistency> consistencies = new ArrayList<>();

        @Override
        public CompletableFuture<PutResult> put(ByteSequence key, ByteSequence value, @Nullable Duration ttl) {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<DeleteResult> delete(ByteSequence key) {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<CompareAndSetResult> compareAndSet(
                ByteSequence key, Expectation expected, ByteSequence value, @Nullable Duration ttl) {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<GetResult> get(ByteSequence key, ReadConsistency consistency) {
            consistencies.add(consistency);
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<MultiGetResult> getAll(Collection<ByteSequence> keys, ReadConsistency consistency) {
            consistencies.add(consistency);
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<ScanResult> scan(ScanRequest request, ReadConsistency consistency) {
            consistencies.add(consistency);
            return new CompletableFuture<>();
        }

        @Override
        public Watch watch(WatchRequest request, WatchListener listener) {
            throw new AssertionError("the template does not watch");
        }

        @Override
        public BlockingCoordinationClient blocking() {
            throw new AssertionError("with a timeout of its own the template waits itself");
        }
    }
}
