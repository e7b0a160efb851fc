package io.dengine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class CommandCodecTest {

    private static final ByteSequence KEY = ByteSequence.of("k");
    private static final ByteSequence VALUE = ByteSequence.of("vw");

    private static final List<Command> COMMANDS = List.of(
            new Command.Put(KEY, VALUE, 0),
            new Command.Put(KEY, VALUE, Long.MAX_VALUE),
            new Command.Put(ByteSequence.EMPTY, ByteSequence.EMPTY, 1),
            new Command.Delete(KEY),
            new Command.CompareAndSet(KEY, Expectation.absent(), VALUE, 0),
            new Command.CompareAndSet(KEY, Expectation.value(ByteSequence.EMPTY), VALUE, 5),
            new Command.CompareAndSet(KEY, Expectation.modRevision(9), VALUE, 7));

    private static final List<CommandResult> RESULTS = List.of(
            new CommandResult(1, false, null),
            new CommandResult(Long.MAX_VALUE, true, null),
            new CommandResult(7, false, new KeyValue(KEY, VALUE, 2, 6, 3)));

    @Test
    void everyKindOfCommandAndExpectationComesBackEqual() {
        assertThat(COMMANDS)
                .allSatisfy(command -> assertThat(CommandCodec.decode(CommandCodec.encode(command)))
                        .isEqualTo(command));
        assertThat(COMMANDS).extracting(Object::getClass).contains(Command.class.getPermittedSubclasses());
        assertThat(COMMANDS.stream()
                        .filter(Command.CompareAndSet.class::isInstance)
                        .map(command -> ((Command.CompareAndSet) command).expected()))
                .extracting(Object::getClass)
                .contains(Expectation.class.getPermittedSubclasses());
    }

    @Test
    void resultsComeBackEqual() {
        assertThat(RESULTS)
                .allSatisfy(result -> assertThat(CommandCodec.decodeResult(CommandCodec.encodeResult(result)))
                        .isEqualTo(result));
    }

    /** Logs written by this version must be readable by every later one: a change here breaks them. */
    @Test
    void bytesOfVersion1NeverChange() {
        assertThat(COMMANDS.stream().map(command -> HexFormat.of().formatHex(CommandCodec.encode(command))))
                .containsExactly(
                        "0101000000016b0000000000000000000000027677",
                        "0101000000016b7fffffffffffffff000000027677",
                        "010100000000000000000000000100000000",
                        "0102000000016b",
                        "0103000000016b000000000000000000000000027677",
                        "0103000000016b00000000000000050100000000000000027677",
                        "0103000000016b0000000000000007020000000000000009000000027677");
        assertThat(RESULTS.stream().map(result -> HexFormat.of().formatHex(CommandCodec.encodeResult(result))))
                .containsExactly(
                        "0100000000000000000100",
                        "01017fffffffffffffff00",
                        "0100000000000000000701000000016b000000027677"
                                + "000000000000000200000000000000060000000000000003");
    }

    @Test
    void unknownVersionKindAndExpectationAreRefused() {
        byte[] put = CommandCodec.encode(COMMANDS.get(0));
        byte[] cas = CommandCodec.encode(COMMANDS.get(4));
        byte[] result = CommandCodec.encodeResult(RESULTS.get(0));

        assertRefused(with(put, 0, 2), "unknown version 2");
        assertRefused(with(put, 1, 4), "unknown kind 4");
        assertRefused(with(cas, 15, 3), "unknown expectation 3");
        assertThatThrownBy(() -> CommandCodec.decodeResult(with(result, 0, 2)))
                .isInstanceOf(MalformedCommandException.class)
                .hasMessage("unknown version 2");
        assertThatThrownBy(() -> CommandCodec.decodeResult(with(result, 1, 2)))
                .isInstanceOf(MalformedCommandException.class)
                .hasMessage("flag 2");
    }

    @Test
    void lengthBeyondTheEndIsRefusedBeforeAnythingIsAllocated() {
        byte[] put = CommandCodec.encode(COMMANDS.get(0));

        assertRefused(with(put, 2, 0x7F), "length 2130706433 with 15 bytes left");
        assertRefused(with(put, 2, 0xFF), "length -16777215 with 15 bytes left");
    }

    @Test
    void negativeTtlIsRefusedBothWays() {
        byte[] put = CommandCodec.encode(COMMANDS.get(0));

        assertRefused(with(put, 7, 0x80), "negative TTL " + Long.MIN_VALUE);
        assertThatThrownBy(() -> CommandCodec.encode(new Command.Put(KEY, VALUE, -1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CommandCodec.encode(new Command.CompareAndSet(KEY, Expectation.absent(), VALUE, -1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyCutAndEveryExtraByteIsRefused() {
        for (Command command : COMMANDS) {
            byte[] bytes = CommandCodec.encode(command);
            for (int length = 0; length < bytes.length; length++) {
                assertRefused(Arrays.copyOf(bytes, length), "");
            }
            assertRefused(Arrays.copyOf(bytes, bytes.length + 1), "1 bytes too many");
        }
        for (CommandResult result : RESULTS) {
            byte[] bytes = CommandCodec.encodeResult(result);
            for (int length = 0; length <= bytes.length + 1; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                if (length != bytes.length) {
                    assertThatThrownBy(() -> CommandCodec.decodeResult(cut))
                            .isInstanceOf(MalformedCommandException.class);
                }
            }
        }
    }

    /** A command has one form only, so what decodes encodes to the same bytes; everything else is refused by type. */
    @Test
    void damagedBytesAreRefusedOrAreAnotherCommand() {
        RandomGenerator random = new SplittableRandom(1);
        List<byte[]> samples = new ArrayList<>();
        COMMANDS.forEach(command -> samples.add(CommandCodec.encode(command)));
        int refused = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = samples.get(random.nextInt(samples.size())).clone();
            int flips = 1 + random.nextInt(3);
            for (int flip = 0; flip < flips; flip++) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                assertThat(CommandCodec.encode(CommandCodec.decode(bytes))).isEqualTo(bytes);
            } catch (MalformedCommandException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(10_000, 90_000);
    }

    private static void assertRefused(byte[] bytes, String message) {
        assertThatThrownBy(() -> CommandCodec.decode(bytes))
                .isInstanceOf(MalformedCommandException.class)
                .hasMessageContaining(message);
    }

    private static byte[] with(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }
}
