package io.dengine.benchmarks.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process has used so far, as Linux counts it.
 *
 * @param cpuNanos CPU time of all threads, in steps of 10 ms
 * @param jitNanos CPU time of those that compile; 0 for what is no JVM
 * @param residentBytes the memory it holds
 */
public record ProcessUse(long cpuNanos, long jitNanos, long residentBytes) {

    /** The unit of /proc/PID/stat on every Linux that a JVM runs on: a hundredth of a second. */
    private static final long TICK_NANOS = 10_000_000;

    private static final int PAGE_BYTES = 4096;
    private static final int UTIME = 11;

    public static ProcessUse of(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        String stat = Files.readString(process.resolve("stat"));
        // The name, in parentheses, may hold spaces; the fields are counted from behind it.
        List<String> fields =
                List.of(stat.substring(stat.lastIndexOf(')') + 2).trim().split(" ", -1));
        long ticks = Long.parseLong(fields.get(UTIME)) + Long.parseLong(fields.get(UTIME + 1));
        long pages = Long.parseLong(Files.readString(process.resolve("statm")).split(" ", -1)[1]);
        return new ProcessUse(ticks * TICK_NANOS, jitNanos(process), pages * PAGE_BYTES);
    }

    public static ProcessUse of(Iterable<Long> pids) throws IOException {
        ProcessUse sum = new ProcessUse(0, 0, 0);
        for (long pid : pids) {
            ProcessUse use = of(pid);
            sum = new ProcessUse(
                    sum.cpuNanos + use.cpuNanos, sum.jitNanos + use.jitNanos, sum.residentBytes + use.residentBytes);
        }
        return sum;
    }

    private static long jitNanos(Path process) throws IOException {
        long nanos = 0;
        try (Stream<Path> tasks = Files.list(process.resolve("task"))) {
            for (Path task : (Iterable<Path>) tasks::iterator) {
                nanos += jitNanosOfThread(task);
            }
        }
        return nanos;
    }

    private static long jitNanosOfThread(Path task) throws IOException {
        try {
            String name = Files.readString(task.resolve("comm"));
            if (!name.startsWith("C1 Compiler") && !name.startsWith("C2 Compiler")) {
                return 0;
            }
            return Long.parseLong(Files.readString(task.resolve("schedstat")).split(" ", -1)[0]);
        } catch (NoSuchFileException e) {
            return 0; // the thread ended meanwhile
        }
    }
}
