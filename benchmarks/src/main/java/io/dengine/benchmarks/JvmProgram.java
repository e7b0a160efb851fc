package io.dengine.benchmarks;

import io.dengine.benchmarks.process.NodeMain;
import io.dengine.benchmarks.store.NodeSettings;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process of {@link NodeMain}. All have the same heap, and the compiler threads that they begin with, so that what these use
 * can be told apart.
 *
 * @param module the directory of the Maven module
 * @param provider the class of the provider
 * @param flags what its authors advise for the JVM
 */
record JvmProgram(Path module, String provider, List<String> flags) implements Program {

    @Override
    public List<String> command(NodeSettings settings, boolean one) {
        String heap = one ? "2g" : "1g";
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms" + heap,
                "-Xmx" + heap,
                "-XX:-UseDynamicNumberOfCompilerThreads",
                "-XX:+UseTransparentHugePages",
                "--enable-native-access=ALL-UNNAMED",
                "-Dbenchmarks.commit=" + System.getProperty("benchmarks.commit", ""),
                "-cp",
                classPath(),
                NodeMain.class.getName(),
                provider,
                "processes=" + (one ? 1 : 3)));
        words.addAll(1, flags);
        String more = System.getProperty("benchmarks.jvm", "");
        if (!more.isBlank()) {
            words.addAll(1 + flags.size(), List.of(more.trim().split(" +", -1)));
        }
        words.addAll(settings.toWords());
        return words;
    }

    private String classPath() {
        try {
            return module.resolve("target/classes")
                    + File.pathSeparator
                    + Files.readString(module.resolve("target/classpath")).trim();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<String> missing() {
        return Files.exists(module.resolve("target/classpath"))
                ? List.of()
                : List.of("the module " + module.getFileName() + " is not built: benchmarks/build does that");
    }
}
