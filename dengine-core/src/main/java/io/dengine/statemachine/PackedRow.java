package io.dengine.statemachine;

import io.dengine.api.ByteSequence;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A key and what became of it in one array, for memory that holds very many: as objects they lie in seven places, and each costs a
 * reader a miss of the processor's caches, and the collector a copy.
 *
 * <pre>
 * int length of the key; of a key that is deleted its complement
 * long createRevision | modRevision | version | deadlineMillis of what is there now; 0 where nothing is
 * long the deadline before
 * the key | the value
 * </pre>
 */
final class PackedRow {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final int CREATE_REVISION = Integer.BYTES;
    private static final int MOD_REVISION = CREATE_REVISION + Long.BYTES;
    private static final int VERSION = MOD_REVISION + Long.BYTES;
    private static final int DEADLINE = VERSION + Long.BYTES;
    private static final int DEADLINE_BEFORE = DEADLINE + Long.BYTES;
    private static final int KEY = DEADLINE_BEFORE + Long.BYTES;

    private PackedRow() {}

    /**
     * Returns a hash code of a key that nobody can foresee who does not know the secret: keys come from users, and many of one code
     * would make a chain of the table. Each eight bytes are multiplied to 128 bits, whose halves are laid over one another, so that
     * where they differ goes by the secret too.
     */
    static int hash(ByteSequence key, long secret) {
        byte[] bytes = key.array();
        long factor = secret | 1;
        long h = secret ^ bytes.length;
        int i = 0;
        for (; i + Long.BYTES <= bytes.length; i += Long.BYTES) {
            h = fold(h ^ (long) LONG.get(bytes, i), factor);
        }
        long rest = 0;
        for (; i < bytes.length; i++) {
            rest = (rest << Byte.SIZE) | (bytes[i] & 0xFF);
        }
        h = fold(fold(h ^ rest, factor), ~factor);
        return (int) (h ^ (h >>> 32));
    }

    private static long fold(long a, long b) {
        return Math.multiplyHigh(a, b) ^ (a * b);
    }

    /** Returns a new row of {@code key}, with another deadline before than that of {@code change}. */
    static byte[] of(ByteSequence key, TableChange change, long deadlineBefore) {
        StoredValue after = change.after();
        int valueAt = KEY + key.length();
        byte[] row = new byte[valueAt + (after == null ? 0 : after.value().length())];
        INT.set(row, 0, after == null ? ~key.length() : key.length());
        LONG.set(row, DEADLINE_BEFORE, deadlineBefore);
        System.arraycopy(key.array(), 0, row, KEY, key.length());
        if (after != null) {
            LONG.set(row, CREATE_REVISION, after.createRevision());
            LONG.set(row, MOD_REVISION, after.modRevision());
            LONG.set(row, VERSION, after.version());
            LONG.set(row, DEADLINE, after.deadlineMillis());
            System.arraycopy(
                    after.value().array(), 0, row, valueAt, after.value().length());
        }
        return row;
    }

    static boolean isOf(byte[] row, ByteSequence key) {
        int length = keyLength(row);
        return length == key.length() && Arrays.equals(row, KEY, KEY + length, key.array(), 0, length);
    }

    private static int keyLength(byte[] row) {
        int length = (int) INT.get(row, 0);
        return length < 0 ? ~length : length;
    }

    static ByteSequence key(byte[] row) {
        return ByteSequence.wrap(Arrays.copyOfRange(row, KEY, KEY + keyLength(row)));
    }

    static long deadlineBefore(byte[] row) {
        return (long) LONG.get(row, DEADLINE_BEFORE);
    }

    static TableChange change(byte[] row) {
        int keyLength = (int) INT.get(row, 0);
        if (keyLength < 0) {
            return new TableChange(null, deadlineBefore(row));
        }
        StoredValue after = new StoredValue(
                ByteSequence.wrap(Arrays.copyOfRange(row, KEY + keyLength, row.length)),
                (long) LONG.get(row, CREATE_REVISION),
                (long) LONG.get(row, MOD_REVISION),
                (long) LONG.get(row, VERSION),
                (long) LONG.get(row, DEADLINE));
        return new TableChange(after, deadlineBefore(row));
    }
}
