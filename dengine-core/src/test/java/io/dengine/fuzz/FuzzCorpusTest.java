package io.dengine.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the fuzzing campaigns found worth keeping, and a short campaign of our own that is the same every time. */
class FuzzCorpusTest {

    private static final Path CORPORA = Path.of("src", "test", "resources", "io", "dengine", "fuzz");
    private static final int MUTATIONS_OF_EACH_SEED = 100;
    private static final long MOST_CORPUS_BYTES = 500_000;

    static Set<String> targets() throws IOException {
        return FuzzTargets.all().keySet();
    }

    private static List<Path> filesIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    /** Returns whether the target took {@code input}; a finding is told with the bytes. */
    private static boolean accepts(MeteredTarget target, byte[] input, String what) {
        byte[] given = input.clone();
        boolean accepted;
        try {
            accepted = target.accepts(given);
        } catch (Exception | AssertionError | OutOfMemoryError e) {
            throw new AssertionError(
                    target.name() + ", " + what + ": " + HexFormat.of().formatHex(input), e);
        }
        assertThat(given).as("a target must not write to its input").isEqualTo(input);
        return accepted;
    }

    @ParameterizedTest
    @MethodSource("targets")
    void seedsAreTaken(String name) throws Exception {
        MeteredTarget target = FuzzTargets.named(name);
        List<byte[]> seeds = target.target().seeds();
        assertThat(seeds).isNotEmpty();
        for (byte[] seed : seeds) {
            assertThat(accepts(target, seed, "a seed")).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("targets")
    void nothingIsFoundInTheCorpus(String name) throws Exception {
        MeteredTarget target = FuzzTargets.named(name);
        List<Path> files = filesIn(CORPORA.resolve(name));
        assertThat(files).isNotEmpty();
        int taken = 0;
        for (Path file : files) {
            taken += accepts(target, Files.readAllBytes(file), file.toString()) ? 1 : 0;
        }
        assertThat(taken).as("taken of " + files.size()).isBetween(1, files.size() - 1);
    }

    @ParameterizedTest
    @MethodSource("targets")
    void nothingIsFoundNearTheSeeds(String name) throws Exception {
        MeteredTarget target = FuzzTargets.named(name);
        SplittableRandom random = new SplittableRandom(1);
        for (byte[] seed : target.target().seeds()) {
            for (int i = 0; i < MUTATIONS_OF_EACH_SEED; i++) {
                accepts(target, mutated(seed, random), "near a seed");
            }
        }
    }

    private static byte[] mutated(byte[] seed, SplittableRandom random) {
        byte[] bytes = seed.clone();
        for (int times = random.nextInt(1, 4); times > 0 && bytes.length > 0; times--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                case 3 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(1, 40));
                default ->
                    Arrays.fill(bytes, at, Math.min(bytes.length, at + 8), (byte) (random.nextBoolean() ? 0 : 0xFF));
            }
        }
        return bytes;
    }

    @Test
    void everyCorpusHasItsTargetAndAllAreSmall() throws Exception {
        List<String> names = new ArrayList<>();
        long bytes = 0;
        for (Path corpus : filesIn(CORPORA)) {
            names.add(String.valueOf(corpus.getFileName()));
            for (Path file : filesIn(corpus)) {
                bytes += Files.size(file);
            }
        }
        assertThat(names).containsExactlyElementsOf(targets());
        assertThat(bytes).isLessThan(MOST_CORPUS_BYTES);
    }

    @Test
    void anAllocationThatALengthFieldAskedForIsAFinding() {
        FuzzTarget trusting = new FuzzTarget() {
            @Override
            public boolean accepts(byte[] input) {
                return new byte[input[0] << 20].length > 0;
            }

            @Override
            public List<byte[]> seeds() {
                return List.of();
            }
        };
        MeteredTarget target = new MeteredTarget("Trusting", trusting);
        assertThat(accepts(target, new byte[] {1}, "little")).isTrue();
        assertThatThrownBy(() -> target.accepts(new byte[] {100}))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("for 1 of input");
    }
}
