package io.dengine.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import io.dengine.fuzz.FuzzTarget;
import java.util.List;

/** Commands and results: each has one form only, so what is taken encodes to the very same bytes. */
final class CommandFuzz implements FuzzTarget {

    private static final ByteSequence KEY = ByteSequence.of("key");
    private static final ByteSequence VALUE = ByteSequence.of("value");

    @Override
    public boolean accepts(byte[] input) {
        boolean command = isCommand(input);
        boolean result = isResult(input);
        return command || result;
    }

    private static boolean isCommand(byte[] input) {
        Command command;
        try {
            command = CommandCodec.decode(input);
        } catch (MalformedCommandException refused) {
            return false;
        }
        assertThat(CommandCodec.encode(command)).isEqualTo(input);
        return true;
    }

    private static boolean isResult(byte[] input) {
        CommandResult result;
        try {
            result = CommandCodec.decodeResult(input);
        } catch (MalformedCommandException refused) {
            return false;
        }
        assertThat(CommandCodec.encodeResult(result)).isEqualTo(input);
        return true;
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                CommandCodec.encode(new Command.Put(KEY, VALUE, 60_000)),
                CommandCodec.encode(new Command.Delete(KEY)),
                CommandCodec.encode(new Command.CompareAndSet(KEY, Expectation.absent(), VALUE, 0)),
                CommandCodec.encode(new Command.CompareAndSet(KEY, Expectation.value(VALUE), VALUE, 0)),
                CommandCodec.encode(new Command.CompareAndSet(KEY, Expectation.modRevision(7), VALUE, 1)),
                CommandCodec.encodeResult(new CommandResult(9, true, null)),
                CommandCodec.encodeResult(new CommandResult(9, false, new KeyValue(KEY, VALUE, 3, 7, 2))));
    }
}
