package io.dengine.statemachine;

import io.dengine.api.ByteSequence;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The hash of a table: the sum, modulo 2^64, of one number for each row. A change takes the old row's number out and puts
 * the new one's in, so the hash needs no scan, and neither the order of changes nor their batches leave a trace in it.
 * Not thread-safe.
 *
 * <p>A row's number is the CRC32C of all that the row holds, spread over 64 bits so that the numbers of different rows
 * do not add up to each other. It finds errors, not forgeries.
 */
public final class StateHash {

    private static final int FIXED_BYTES = 2 * Integer.BYTES + 4 * Long.BYTES;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer fixed = ByteBuffer.allocate(FIXED_BYTES);

    /** Returns what one row adds to the hash. Allocates nothing: every write passes here. */
    long ofRow(ByteSequence key, StoredValue row) {
        // The lengths tell where the key ends, which the bytes alone do not.
        fixed.clear()
                .putInt(key.length())
                .putInt(row.value().length())
                .putLong(row.createRevision())
                .putLong(row.modRevision())
                .putLong(row.version())
                .putLong(row.deadlineMillis());
        crc.reset();
        crc.update(fixed.array(), 0, FIXED_BYTES);
        crc.update(key.array());
        crc.update(row.value().array());
        return mix64(crc.getValue());
    }

    /**
     * Returns the hash of all rows in {@code view}, which takes a scan.
     *
     * @throws io.dengine.api.RefusedException with reason CLOSED if the store is closed meanwhile
     */
    public static long of(TableStore.View view) {
        StateHash hash = new StateHash();
        long[] sum = new long[1];
        view.scan(ByteSequence.EMPTY, null, (key, row) -> {
            sum[0] += hash.ofRow(key, row);
            return true;
        });
        return sum[0];
    }

    /**
     * Returns whether the rows are those that the stored hash was kept of, which takes a scan. Any thread.
     *
     * @throws io.dengine.api.RefusedException with reason CLOSED if the store is closed meanwhile
     */
    public static boolean matches(TableStore tables) {
        try (TableStore.View view = tables.view()) {
            return matches(view);
        }
    }

    /** As {@link #matches(TableStore)}, of one moment. */
    public static boolean matches(TableStore.View view) {
        return of(view) == view.applied().stateHash();
    }

    /** Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014; the offset keeps 0 from being 0. */
    private static long mix64(long number) {
        long z = number + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
