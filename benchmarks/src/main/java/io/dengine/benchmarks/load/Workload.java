package io.dengine.benchmarks.load;

import io.dengine.benchmarks.store.NodeSettings;
import io.dengine.benchmarks.store.ReadableStore.Read;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What is asked of a store, and for how long. A value: each {@code with} method returns a changed copy.
 *
 * @param writePercent the share of writes, 0 to 100
 * @param read how the others read
 * @param window the operations under way at any time
 * @param threads the threads that issue them, each its share of the window
 * @param keys the keys, of 8 bytes each, chosen evenly at random
 * @param valueBytes the size of each value, 8 or more
 * @param fill the keys that are written, in order, before anything is timed
 * @param watchers the watches, on the first keys, one each
 * @param ttlMillis the time to live of each write; 0 for none
 * @param warmUpSeconds how long it runs before anything is timed
 * @param seconds how long it is timed
 */
public record Workload(
        int writePercent,
        Read read,
        int window,
        int threads,
        long keys,
        int valueBytes,
        long fill,
        int watchers,
        long ttlMillis,
        double warmUpSeconds,
        double seconds) {

    public static final int KEY_BYTES = Long.BYTES;

    public Workload {
        if (window < threads || threads < 1 || keys < 1 || valueBytes < Long.BYTES) {
            throw new IllegalArgumentException("no such load: window " + window + ", threads " + threads + ", keys "
                    + keys + ", bytes of a value " + valueBytes);
        }
    }

    /** Returns a load of writes only. */
    public static Workload writes(int window) {
        return new Workload(100, Read.LINEARIZABLE, window, 1, 100_000, 256, 0, 0, 0, 20, 10);
    }

    /** Returns a load of reads only, of keys that exist. */
    public static Workload reads(Read read, int window) {
        return new Workload(0, read, window, 1, 10_000, 256, 10_000, 0, 0, 20, 10);
    }

    public Workload withWritePercent(int percent) {
        return new Workload(
                percent, read, window, threads, keys, valueBytes, fill, watchers, ttlMillis, warmUpSeconds, seconds);
    }

    public Workload withThreads(int count) {
        return new Workload(
                writePercent, read, window, count, keys, valueBytes, fill, watchers, ttlMillis, warmUpSeconds, seconds);
    }

    public Workload withKeys(long count, long filled) {
        return new Workload(
                writePercent,
                read,
                window,
                threads,
                count,
                valueBytes,
                filled,
                watchers,
                ttlMillis,
                warmUpSeconds,
                seconds);
    }

    public Workload withValueBytes(int bytes) {
        return new Workload(
                writePercent, read, window, threads, keys, bytes, fill, watchers, ttlMillis, warmUpSeconds, seconds);
    }

    public Workload withWatchers(int count) {
        return new Workload(
                writePercent, read, window, threads, keys, valueBytes, fill, count, ttlMillis, warmUpSeconds, seconds);
    }

    public Workload withTtlMillis(long millis) {
        return new Workload(
                writePercent, read, window, threads, keys, valueBytes, fill, watchers, millis, warmUpSeconds, seconds);
    }

    public Workload lasting(double warmUp, double timed) {
        return new Workload(
                writePercent, read, window, threads, keys, valueBytes, fill, watchers, ttlMillis, warmUp, timed);
    }

    /** Returns what {@link #parse} reads, and what drivers in other languages read too. */
    public String toLine() {
        return String.join(
                " ",
                "write-percent=" + writePercent,
                "read=" + read.name().toLowerCase(Locale.ROOT),
                "window=" + window,
                "threads=" + threads,
                "keys=" + keys,
                "value-bytes=" + valueBytes,
                "fill=" + fill,
                "watchers=" + watchers,
                "ttl-millis=" + ttlMillis,
                "warm-up=" + warmUpSeconds,
                "seconds=" + seconds);
    }

    public static Workload parse(List<String> words) {
        Map<String, String> values = NodeSettings.words(words);
        return new Workload(
                Integer.parseInt(of(values, "write-percent")),
                Read.valueOf(of(values, "read").toUpperCase(Locale.ROOT)),
                Integer.parseInt(of(values, "window")),
                Integer.parseInt(of(values, "threads")),
                Long.parseLong(of(values, "keys")),
                Integer.parseInt(of(values, "value-bytes")),
                Long.parseLong(of(values, "fill")),
                Integer.parseInt(of(values, "watchers")),
                Long.parseLong(of(values, "ttl-millis")),
                Double.parseDouble(of(values, "warm-up")),
                Double.parseDouble(of(values, "seconds")));
    }

    private static String of(Map<String, String> values, String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the load does not say its " + name);
        }
        return value;
    }
}
