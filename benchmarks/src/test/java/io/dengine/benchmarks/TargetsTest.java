package io.dengine.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TargetsTest {

    @TempDir
    Path directory;

    private final Results results = new Results();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private void run(String scenario, String system, Map<Figure, Double> figures) {
        results.add(new Result(scenario, system, Map.of(), figures));
    }

    private boolean report(String... ids) throws IOException {
        Targets targets = new Targets(List.of(ids), 1, 1);
        return targets.report(results, directory, new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aRowIsMetAtItsBound() throws IOException {
        run("write-512", "dengine", Map.of(Figure.CPU_WITHOUT_JIT, 10.0));

        assertThat(report("C-cpu")).isTrue();
        assertThat(printed()).contains("C-cpu", "10.0 us | met");
    }

    @Test
    void aRowIsMissedBeyondItsBound() throws IOException {
        run("write-512", "dengine", Map.of(Figure.CPU_WITHOUT_JIT, 10.1));

        assertThat(report("C-cpu")).isFalse();
        assertThat(printed()).contains("missed").doesNotContain("not measured");
    }

    @Test
    void oneMissedRowFailsTheWhole() throws IOException {
        run("write-512", "dengine", Map.of(Figure.CPU_WITHOUT_JIT, 1.0));
        run("idle", "dengine", Map.of(Figure.IDLE_CPU, 1.0));

        assertThat(report("C-cpu", "I-idle")).isFalse();
    }

    @Test
    void everyRowWithoutFiguresIsMissed() throws IOException {
        assertThat(report("")).isFalse();
        assertThat(printed().lines()).hasSize(13).allMatch(line -> line.endsWith("missed (not measured)"));
        assertThat(Files.readString(directory.resolve("targets.json"))).contains("\"met\": false");
    }

    @Test
    void aRowOfWhichHalfIsMissingIsMissed() throws IOException {
        run("lease-100", "dengine", Map.of(Figure.OPERATIONS, 200.0));
        run("lease-100", "d-engine", Map.of(Figure.OPERATIONS, 100.0));

        assertThat(report("R-local")).isFalse();
        assertThat(printed()).contains("lease-100 d-engine 2.00x; 1 not measured | missed");
    }

    @Test
    void theWorstOfAllRoundsCountsForAGap() throws IOException {
        run("failover", "dengine-grpc", Map.of(Figure.GAP_LONGEST, 1500.0));
        run("failover", "dengine-grpc", Map.of(Figure.GAP_LONGEST, 2500.0));
        run("failover", "dengine-grpc", Map.of(Figure.GAP_LONGEST, 1400.0));
        run("transfer", "dengine-grpc", Map.of(Figure.GAP_LONGEST, 20.0));

        assertThat(report("F-failover")).isFalse();
        assertThat(printed()).contains("kill 2500 ms");
    }

    @Test
    void rowsThatAreLeftOutKeepWhatWasMeasuredBefore() throws IOException {
        run("write-512", "dengine", Map.of(Figure.CPU_WITHOUT_JIT, 9.0));
        report("C-cpu");
        run("idle", "dengine", Map.of(Figure.IDLE_CPU, 0.5));
        report("I-idle");

        assertThat(Files.readString(directory.resolve("targets.json")))
                .contains("\"measured\": \"9.0 us\"", "\"measured\": \"0.50 %\"")
                .doesNotContain("not measured");
    }

    @Test
    void anUnknownIdIsRefused() {
        assertThatThrownBy(() -> new Targets(List.of("X"), 1, 1)).hasMessageContaining("no such target: X");
    }
}
