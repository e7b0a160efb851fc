package io.dengine.cli;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One line of what a command answers, in both its forms. Immutable once shown.
 *
 * <p>Bytes that are no UTF-8 are written in base64, and said to be: in JSON under a name that ends in {@code Base64}, as text
 * behind {@code base64:}.
 */
final class Answer {

    private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    private String text = "";

    /** Returns an answer that a person reads as {@code text}. */
    static Answer of(String text) {
        Answer answer = new Answer();
        answer.text = text;
        return answer;
    }

    Answer with(String name, @Nullable Object value) {
        fields.put(name, value);
        return this;
    }

    Answer withBytes(String name, ByteSequence bytes) {
        String utf8 = utf8(bytes);
        return utf8 == null ? with(name + "Base64", base64(bytes)) : with(name, utf8);
    }

    Answer withKey(KeyValue entry) {
        return withBytes("key", entry.key())
                .withBytes("value", entry.value())
                .with("createRevision", entry.createRevision())
                .with("modRevision", entry.modRevision())
                .with("version", entry.version());
    }

    String text() {
        return text;
    }

    String json() {
        return Json.of(fields);
    }

    static String shown(ByteSequence bytes) {
        String utf8 = utf8(bytes);
        return utf8 == null ? "base64:" + base64(bytes) : utf8;
    }

    private static String base64(ByteSequence bytes) {
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    private static @Nullable String utf8(ByteSequence bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
