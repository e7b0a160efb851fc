package io.dengine.command;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * The bytes of commands and of their results. Thread-safe.
 *
 * <p>The bytes of a command are made once, by the node that accepts it, and are the same in the log, on the wire and in
 * apply. Both forms start with a version; numbers are big-endian; a byte string is its length (4 bytes) and its bytes.
 * Codes never change their meaning. What is not known, cut short or too long is refused, never skipped.
 *
 * <pre>
 * command  version(1) kind(1) key ...
 *   put      1: ttlMillis(8) value
 *   delete   2:
 *   cas      3: ttlMillis(8) expectation(1) [value | modRevision(8)] value
 * result   version(1) effective(1) revision(8) present(1) [key value createRevision(8) modRevision(8) version(8)]
 * </pre>
 */
public final class CommandCodec {

    private static final byte VERSION = 1;

    private static final byte PUT = 1;
    private static final byte DELETE = 2;
    private static final byte COMPARE_AND_SET = 3;

    private static final byte EXPECT_ABSENT = 0;
    private static final byte EXPECT_VALUE = 1;
    private static final byte EXPECT_MOD_REVISION = 2;

    private CommandCodec() {}

    /**
     * Returns the bytes of a command.
     *
     * @throws IllegalArgumentException if its TTL is negative
     */
    public static byte[] encode(Command command) {
        if (command instanceof Command.Put put) {
            byte[] bytes = new byte[headerSize(put) + 8 + sizeOf(put.value())];
            ByteBuffer out = header(bytes, PUT, put);
            out.putLong(checkedTtl(put.ttlMillis()));
            putBytes(out, put.value());
            return bytes;
        }
        if (command instanceof Command.Delete delete) {
            byte[] bytes = new byte[headerSize(delete)];
            header(bytes, DELETE, delete);
            return bytes;
        }
        if (command instanceof Command.CompareAndSet cas) {
            byte[] bytes = new byte[headerSize(cas) + 8 + sizeOf(cas.expected()) + sizeOf(cas.value())];
            ByteBuffer out = header(bytes, COMPARE_AND_SET, cas);
            out.putLong(checkedTtl(cas.ttlMillis()));
            putExpectation(out, cas.expected());
            putBytes(out, cas.value());
            return bytes;
        }
        throw new IllegalStateException("no code for " + command.getClass());
    }

    /**
     * Returns the command that {@code bytes} are.
     *
     * @throws MalformedCommandException if they are none, or one of a newer version
     */
    public static Command decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            checkVersion(in);
            byte kind = in.get();
            ByteSequence key = getBytes(in);
            Command command;
            switch (kind) {
                case PUT -> {
                    long ttlMillis = getTtl(in);
                    command = new Command.Put(key, getBytes(in), ttlMillis);
                }
                case DELETE -> command = new Command.Delete(key);
                case COMPARE_AND_SET -> {
                    long ttlMillis = getTtl(in);
                    Expectation expected = getExpectation(in);
                    command = new Command.CompareAndSet(key, expected, getBytes(in), ttlMillis);
                }
                default -> throw malformed("unknown kind " + kind);
            }
            checkEnd(in);
            return command;
        } catch (BufferUnderflowException e) {
            throw new MalformedCommandException("cut short at " + bytes.length + " bytes", e);
        }
    }

    /** Returns the bytes of a result. */
    public static byte[] encodeResult(CommandResult result) {
        KeyValue current = result.current();
        int size = 1 + 1 + 8 + 1 + (current == null ? 0 : sizeOf(current.key()) + sizeOf(current.value()) + 3 * 8);
        ByteBuffer out = ByteBuffer.allocate(size);
        out.put(VERSION);
        putFlag(out, result.effective());
        out.putLong(result.revision());
        putFlag(out, current != null);
        if (current != null) {
            putBytes(out, current.key());
            putBytes(out, current.value());
            out.putLong(current.createRevision());
            out.putLong(current.modRevision());
            out.putLong(current.version());
        }
        return out.array();
    }

    /**
     * Returns the result that {@code bytes} are.
     *
     * @throws MalformedCommandException if they are none, or one of a newer version
     */
    public static CommandResult decodeResult(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            checkVersion(in);
            boolean effective = getFlag(in);
            long revision = in.getLong();
            KeyValue current = getFlag(in)
                    ? new KeyValue(getBytes(in), getBytes(in), in.getLong(), in.getLong(), in.getLong())
                    : null;
            checkEnd(in);
            return new CommandResult(revision, effective, current);
        } catch (BufferUnderflowException e) {
            throw new MalformedCommandException("cut short at " + bytes.length + " bytes", e);
        }
    }

    private static int headerSize(Command command) {
        return 1 + 1 + sizeOf(command.key());
    }

    private static ByteBuffer header(byte[] bytes, byte kind, Command command) {
        ByteBuffer out = ByteBuffer.wrap(bytes);
        out.put(VERSION);
        out.put(kind);
        putBytes(out, command.key());
        return out;
    }

    private static long checkedTtl(long ttlMillis) {
        if (ttlMillis < 0) {
            throw new IllegalArgumentException("ttlMillis must not be negative: " + ttlMillis);
        }
        return ttlMillis;
    }

    private static long getTtl(ByteBuffer in) {
        long ttlMillis = in.getLong();
        if (ttlMillis < 0) {
            throw malformed("negative TTL " + ttlMillis);
        }
        return ttlMillis;
    }

    private static int sizeOf(Expectation expected) {
        if (expected instanceof Expectation.Value value) {
            return 1 + sizeOf(value.value());
        }
        return expected instanceof Expectation.ModRevision ? 1 + 8 : 1;
    }

    private static void putExpectation(ByteBuffer out, Expectation expected) {
        if (expected instanceof Expectation.Absent) {
            out.put(EXPECT_ABSENT);
        } else if (expected instanceof Expectation.Value value) {
            out.put(EXPECT_VALUE);
            putBytes(out, value.value());
        } else if (expected instanceof Expectation.ModRevision modRevision) {
            out.put(EXPECT_MOD_REVISION).putLong(modRevision.revision());
        } else {
            throw new IllegalStateException("no code for " + expected.getClass());
        }
    }

    private static Expectation getExpectation(ByteBuffer in) {
        byte code = in.get();
        return switch (code) {
            case EXPECT_ABSENT -> Expectation.absent();
            case EXPECT_VALUE -> Expectation.value(getBytes(in));
            case EXPECT_MOD_REVISION -> {
                long revision = in.getLong();
                if (revision <= 0) {
                    throw malformed("expected modRevision " + revision);
                }
                yield Expectation.modRevision(revision);
            }
            default -> throw malformed("unknown expectation " + code);
        };
    }

    private static int sizeOf(ByteSequence bytes) {
        return 4 + bytes.length();
    }

    private static void putBytes(ByteBuffer out, ByteSequence bytes) {
        out.putInt(bytes.length());
        bytes.writeTo(out);
    }

    /** The length is checked against what is left before anything is allocated for it. */
    private static ByteSequence getBytes(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw malformed("length " + length + " with " + in.remaining() + " bytes left");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return ByteSequence.wrap(bytes);
    }

    private static void putFlag(ByteBuffer out, boolean flag) {
        out.put((byte) (flag ? 1 : 0));
    }

    private static boolean getFlag(ByteBuffer in) {
        byte flag = in.get();
        if (flag != 0 && flag != 1) {
            throw malformed("flag " + flag);
        }
        return flag == 1;
    }

    private static void checkVersion(ByteBuffer in) {
        byte version = in.get();
        if (version != VERSION) {
            throw malformed("unknown version " + version);
        }
    }

    private static void checkEnd(ByteBuffer in) {
        if (in.hasRemaining()) {
            throw malformed(in.remaining() + " bytes too many");
        }
    }

    private static MalformedCommandException malformed(String what) {
        return new MalformedCommandException(what, null);
    }
}
