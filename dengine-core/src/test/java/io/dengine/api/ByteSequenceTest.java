package io.dengine.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class ByteSequenceTest {

    @Test
    void hashCodesOfKeysThatDifferInFewBytesSpread() {
        assertSpread(number ->
                ByteSequence.wrap(ByteBuffer.allocate(8).putLong(number).array()));
        assertSpread(number ->
                ByteSequence.wrap(ByteBuffer.allocate(8).putInt(number).array()));
        assertSpread(number ->
                ByteSequence.wrap(ByteBuffer.allocate(12).putInt(4, number).array()));
        assertSpread(number -> ByteSequence.of("service/orders/node-" + number + "/lease"));
    }

    /** The tables take the low 16 to 20 bits. */
    private static void assertSpread(IntFunction<ByteSequence> keys) {
        Set<Integer> low = new HashSet<>();
        for (int number = 0; number < 65_536; number++) {
            low.add(keys.apply(number).hashCode() & 0xFFFF);
        }
        // Of n keys at random in n places 1 - 1/e of the places are taken.
        assertThat(low).hasSizeGreaterThan(40_000);
    }

    @Test
    void equalBytesHaveOneHashCodeAndOthersAnother() {
        Set<Integer> codes = new HashSet<>();
        for (int length = 0; length <= 40; length++) {
            byte[] zeros = new byte[length];
            assertThat(ByteSequence.copyOf(zeros)).hasSameHashCodeAs(ByteSequence.wrap(Arrays.copyOf(zeros, length)));
            codes.add(ByteSequence.copyOf(zeros).hashCode());
        }
        assertThat(codes).hasSize(41);
    }
}
