package io.dengine.spring.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.api.WatchEvent;
import io.dengine.spring.core.BytesValueConverter;
import io.dengine.spring.core.JsonValueConverter;
import io.dengine.spring.core.StringValueConverter;
import io.dengine.spring.core.ValueConversionException;
import io.dengine.spring.core.ValueConverters;
import io.dengine.spring.watch.WatchKeyEvent.Origin;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class WatchMethodInvokerTest {

    private static final ValueConverters CONVERTERS = new ValueConverters(List.of(
            new BytesValueConverter(), new StringValueConverter(), new JsonValueConverter(JsonMapper.shared())));

    private final Listener listener = new Listener();

    @Test
    void parametersAreFilledInAnyOrder() throws Exception {
        invoke("everything", put("/k", "{\"on\":true}", 7, "{\"on\":false}"));

        assertThat(listener.calls)
                .containsExactly(List.of(
                        7L,
                        new WatchKeyEvent<>(
                                WatchEvent.Type.PUT, Origin.CHANGE, "/k", new Flag(true), new Flag(false), 7),
                        "/k",
                        new Flag(true)));
    }

    @Test
    void deletedKeyHasNoValue() throws Exception {
        invoke("text", delete("/k", 8));
        invoke("optional", delete("/k", 9));
        invoke("optional", put("/k", "v", 10, null));

        assertThat(listener.calls)
                .containsExactly(Arrays.asList("/k", null), List.of(Optional.empty()), List.of(Optional.of("v")));
    }

    @Test
    void methodNeedsNoParameters() throws Exception {
        invoke("nothing", put("/k", "v", 7, null));

        assertThat(listener.calls).containsExactly(List.of());
    }

    @Test
    void previousValueIsAskedForOnlyWhereItCanBeSeen() {
        assertThat(invoker("everything").wantsPrevious()).isTrue();
        assertThat(invoker("text").wantsPrevious()).isFalse();
    }

    @Test
    void whatTheMethodThrowsComesOutAsItIs() {
        assertThatThrownBy(() -> invoke("failing", put("/k", "v", 7, null))).isInstanceOf(IOException.class);
    }

    @Test
    void unreadableValueIsAConversionFailure() {
        assertThatThrownBy(() -> invoke("everything", put("/k", "not json", 7, null)))
                .isInstanceOf(ValueConversionException.class)
                .hasMessageContaining("'/k'");
    }

    @Test
    void impossibleSignaturesAreRefusedBeforeTheFirstEvent() {
        assertThatIllegalStateException().isThrownBy(() -> invoker("primitive")).withMessageContaining("primitive");
        assertThatIllegalStateException().isThrownBy(() -> invoker("twoValues")).withMessageContaining("second");
        assertThatIllegalStateException()
                .isThrownBy(() -> invoker("keyOfBytes"))
                .withMessageContaining("@Key");
        assertThatIllegalStateException().isThrownBy(() -> invoker("rawEvent")).withMessageContaining("type argument");
        assertThatIllegalStateException()
                .isThrownBy(() -> invoker("revisionText"))
                .withMessageContaining("@Revision");
    }

    private void invoke(String method, WatchDelivery delivery) throws Exception {
        invoker(method).invoke(delivery);
    }

    private WatchMethodInvoker invoker(String name) {
        Method method = Arrays.stream(Listener.class.getDeclaredMethods())
                .filter(candidate -> candidate.getName().equals(name))
                .findFirst()
                .orElseThrow();
        return new WatchMethodInvoker(listener, method, CONVERTERS);
    }

    private static WatchDelivery put(String key, String value, long revision, String previous) {
        ByteSequence bytes = ByteSequence.of(key);
        KeyValue before = previous == null ? null : new KeyValue(bytes, ByteSequence.of(previous), 2, 2, 1);
        return new WatchDelivery(
                Origin.CHANGE,
                new WatchEvent(
                        WatchEvent.Type.PUT, new KeyValue(bytes, ByteSequence.of(value), 2, revision, 2), before));
    }

    private static WatchDelivery delete(String key, long revision) {
        KeyValue entry = new KeyValue(ByteSequence.of(key), ByteSequence.EMPTY, 0, revision, 0);
        return new WatchDelivery(Origin.CHANGE, new WatchEvent(WatchEvent.Type.DELETE, entry, null));
    }

    record Flag(boolean on) {}

    @SuppressWarnings({"unused", "rawtypes"})
    static final class Listener {

        final List<List<Object>> calls = new ArrayList<>();

        void everything(@Revision long revision, WatchKeyEvent<Flag> event, @Key String key, Flag flag) {
            calls.add(Arrays.asList(revision, event, key, flag));
        }

        void text(@Key String key, String value) {
            calls.add(Arrays.asList(key, value));
        }

        void optional(Optional<String> value) {
            calls.add(List.of(value));
        }

        void nothing() {
            calls.add(List.of());
        }

        void failing(String value) throws IOException {
            throw new IOException(value);
        }

        void primitive(int value) {}

        void twoValues(String one, String other) {}

        void keyOfBytes(@Key byte[] key) {}

        void rawEvent(WatchKeyEvent event) {}

        void revisionText(@Revision String revision) {}
    }
}
