package io.dengine.benchmarks;

import io.dengine.benchmarks.load.Workload;
import io.dengine.benchmarks.store.ReadableStore.Read;

/**
 * One thing to measure.
 *
 * @param name as {@code --scenarios} has it: a kind, and mostly a number behind a hyphen
 * @param kind what is done
 * @param load what is asked meanwhile
 */
record Scenario(String name, Kind kind, Workload load) {

    /** What is done. */
    enum Kind {
        /** The load runs, and is timed. */
        LOAD,
        /** The leader is killed under load, again and again. */
        FAILOVER,
        /** Leadership is handed over under load, again and again. */
        TRANSFER,
        /** A node with a log of so many MiB is killed and started again. */
        RESTART,
        /** Nothing is asked. */
        IDLE
    }

    /** What the names mean, for the user. */
    static final String NAMES = """
            write-N         writes, N under way                    hot-N           writes to 10 keys, N under way
            linearizable-N  linearizable reads, N under way        mixed-N         90 % reads, 10 % writes, N under way
            lease-N         lease reads, N under way               value-B         writes of values of B bytes, 64 under way
            local-N         local reads, N under way               ttl-K           writes with a TTL among K such keys
            watch-W         writes while W keys are watched        growth-K        writes among K keys
            failover        leader killed under load               transfer        leadership handed over under load
            restart-M       a node with M MiB of log starts again  idle            nothing is asked
            soak-S          write-512 for S seconds
            """;

    private static final int FILL_VALUE_BYTES = 1024;

    /** With a few messages a second it takes that much longer until all of it is compiled. */
    private static final int IDLE_WARM_UPS = 6;

    static Scenario parse(String name, double warmUp, double seconds) {
        int hyphen = name.lastIndexOf('-');
        String word = hyphen < 0 ? name : name.substring(0, hyphen);
        int number = number(name, hyphen);
        Workload load = load(name, word, number).lasting(warmUp, seconds);
        return switch (word) {
            case "failover" -> new Scenario(name, Kind.FAILOVER, load);
            case "transfer" -> new Scenario(name, Kind.TRANSFER, load);
            case "restart" -> new Scenario(name, Kind.RESTART, load.lasting(0, 0.1));
            case "idle" -> new Scenario(name, Kind.IDLE, load.lasting(IDLE_WARM_UPS * warmUp, seconds));
            case "soak" -> new Scenario(name, Kind.LOAD, load.lasting(warmUp, number));
            default -> new Scenario(name, Kind.LOAD, load);
        };
    }

    private static int number(String name, int hyphen) {
        if (hyphen < 0) {
            return 0;
        }
        try {
            return Integer.parseInt(name.substring(hyphen + 1));
        } catch (NumberFormatException e) {
            throw unknown(name);
        }
    }

    private static Workload load(String name, String word, int number) {
        return switch (word) {
            case "write" -> Workload.writes(number);
            case "soak" -> Workload.writes(512);
            case "hot" -> Workload.writes(number).withKeys(10, 0);
            case "linearizable" -> Workload.reads(Read.LINEARIZABLE, number);
            case "lease" -> Workload.reads(Read.LEASE, number).withThreads(Math.min(number, 2));
            case "local" -> Workload.reads(Read.LOCAL, number).withThreads(Math.min(number, 2));
            case "mixed" -> Workload.reads(Read.LINEARIZABLE, number).withWritePercent(10);
            case "value" -> Workload.writes(64).withValueBytes(number).withKeys(10_000, 0);
            case "watch" -> Workload.writes(100).withKeys(100_000, 0).withWatchers(number);
            case "ttl" -> Workload.writes(100).withKeys(number, number).withTtlMillis(600_000);
            case "growth" -> Workload.writes(100).withKeys(number, number);
            case "restart" ->
                Workload.writes(64)
                        .withValueBytes(FILL_VALUE_BYTES)
                        .withKeys(100_000, (long) number * 1024 * 1024 / FILL_VALUE_BYTES);
            case "failover", "transfer" -> Workload.writes(8);
            case "idle" -> Workload.writes(1);
            default -> throw unknown(name);
        };
    }

    private static IllegalArgumentException unknown(String name) {
        return new IllegalArgumentException("no such scenario: " + name + "; there are\n" + NAMES);
    }

    /** Returns the bytes of log that the nodes must keep; 0 for their default. */
    long logBytes() {
        return kind == Kind.RESTART ? 1L << 40 : 0;
    }
}
