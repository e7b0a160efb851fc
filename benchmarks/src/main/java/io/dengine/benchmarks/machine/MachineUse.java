package io.dengine.benchmarks.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What the whole machine has used so far, in hundredths of a second of one core.
 *
 * @param busy what any process used
 * @param steal what the host took for others
 * @param all time itself, times the cores
 */
public record MachineUse(long busy, long steal, long all) {

    public static MachineUse now() throws IOException {
        String line =
                Files.readString(Path.of("/proc/stat")).lines().findFirst().orElseThrow();
        long[] ticks = Arrays.stream(line.trim().split(" +", -1))
                .skip(1)
                .mapToLong(Long::parseLong)
                .toArray();
        long user = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6];
        long idle = ticks[3] + ticks[4];
        return new MachineUse(user, ticks[7], user + idle + ticks[7]);
    }

    /** Returns the load average of the last minute. */
    public static double loadAverage() throws IOException {
        return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ", -1)[0]);
    }
}
