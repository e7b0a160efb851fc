package io.dengine.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What Jazzer calls, for the target that its first argument names. */
public final class FuzzDriver {

    private static MeteredTarget target;

    private FuzzDriver() {}

    public static void fuzzerInitialize(String[] args) throws IOException, ReflectiveOperationException {
        target = FuzzTargets.named(args[0]);
    }

    @SuppressWarnings("CheckReturnValue") // both ends are right
    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        target.accepts(input);
    }

    /** Writes the seeds of every target into a directory of its name under the one given. */
    public static void main(String[] args) throws Exception {
        for (String name : FuzzTargets.all().keySet()) {
            Path directory = Files.createDirectories(Path.of(args[0], name));
            List<byte[]> seeds = FuzzTargets.named(name).target().seeds();
            for (int i = 0; i < seeds.size(); i++) {
                Files.write(directory.resolve("seed-" + i), seeds.get(i));
            }
        }
    }
}
