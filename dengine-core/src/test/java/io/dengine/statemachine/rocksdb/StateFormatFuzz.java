package io.dengine.statemachine.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.fuzz.FuzzTarget;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.storage.StorageFailure;
import java.util.List;
import java.util.function.UnaryOperator;

/** The values of the state's column families, all forms at once: each reads back as the bytes it came from. */
final class StateFormatFuzz implements FuzzTarget {

    @Override
    public boolean accepts(byte[] input) {
        boolean value = survives(input, bytes -> StateFormat.encode(StateFormat.decodeValue(bytes)));
        boolean applied = survives(input, bytes -> StateFormat.encode(StateFormat.decodeApplied(bytes)));
        boolean expiry = survives(
                input, bytes -> StateFormat.expiryKey(StateFormat.deadlineOf(bytes), StateFormat.keyOf(bytes)));
        assertThat(survives(input, bytes -> {
                    int version = StateFormat.decodeVersion(bytes);
                    return version == StateFormat.VERSION ? StateFormat.encodeVersion() : bytes;
                }))
                .isEqualTo(input.length == 4);
        return value || applied || expiry;
    }

    private static boolean survives(byte[] input, UnaryOperator<byte[]> again) {
        byte[] written;
        try {
            written = again.apply(input);
        } catch (StorageFailure refused) {
            assertThat(refused.kind()).isEqualTo(StorageFailure.Kind.CORRUPT);
            return false;
        }
        assertThat(written).isEqualTo(input);
        return true;
    }

    @Override
    public List<byte[]> seeds() {
        ByteSequence text = ByteSequence.of("text");
        return List.of(
                StateFormat.encode(new StoredValue(text, 3, 9, 2, 60_000)),
                StateFormat.encode(new AppliedState(7, 3, 9, 1_000)),
                StateFormat.expiryKey(60_000, text));
    }
}
