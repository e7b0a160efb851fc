package io.dengine.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Both searches reproduce the verdicts of others, where their recordings are at hand ({@code -Ddengine.histories}). */
class RecordedHistoriesTest {

    private static final Logger log = LoggerFactory.getLogger(RecordedHistoriesTest.class);

    /** Enough for every register. */
    private static final long BUDGET = 1_000_000;

    /** Enough for all but some keys of the pair with 50 clients. */
    private static final long STORE_BUDGET = 20_000;

    private final Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
    private final long startNanos = System.nanoTime();
    private Path folder = Path.of("");

    @BeforeEach
    void findRecordings() {
        Path found = RecordedHistories.folder();
        Assumptions.assumeTrue(found != null, "no recorded histories here");
        folder = found;
    }

    @Test
    void bothSearchesAgreeWithKnossos() throws IOException {
        int histories = 0;
        for (Path file : RecordedHistories.files(folder.resolve("cas-register/good"), ".edn")) {
            judge(file, RecordedHistories.casRegister(file), Verdict.LINEARIZABLE);
            histories++;
        }
        for (Path file : RecordedHistories.files(folder.resolve("cas-register/bad"), ".edn")) {
            judge(file, RecordedHistories.casRegister(file), Verdict.ILLEGAL);
            histories++;
        }
        assertThat(histories).isGreaterThan(100);
        report("Knossos", histories);
    }

    @Test
    void bothSearchesAgreeWithPorcupineOnEtcd() throws IOException {
        int histories = 0;
        for (String line : Files.readAllLines(folder.resolve("etcd/verdicts.csv"))) {
            String[] fields = line.split(",", -1);
            if (!fields[0].endsWith(".log")) {
                continue;
            }
            Path file = folder.resolve("etcd").resolve(fields[0]);
            boolean linearizable = Boolean.parseBoolean(fields[1]);
            judge(file, RecordedHistories.etcd(file), linearizable ? Verdict.LINEARIZABLE : Verdict.ILLEGAL);
            histories++;
        }
        assertThat(histories).isGreaterThan(100);
        report("etcd", histories);
    }

    @Test
    void bothSearchesAgreeWithPorcupineOnStores() throws IOException {
        int histories = 0;
        for (Path file : RecordedHistories.files(folder.resolve("kv"), ".txt")) {
            boolean linearizable = file.toString().endsWith("-ok.txt");
            Map<String, Verdict> forward = new TreeMap<>();
            Map<String, Verdict> deep = new TreeMap<>();
            RecordedHistories.store(file).forEach((key, history) -> {
                forward.put(key, ConfigurationSearch.of(history, STORE_BUDGET).verdict());
                deep.put(key, WglSearch.of(history, STORE_BUDGET));
            });
            log.info("{}: forward {}, deep {}", file.getFileName(), forward, deep);
            boolean mayBeUnknown = file.getFileName().toString().startsWith("c50");
            for (Map<String, Verdict> found : List.of(forward, deep)) {
                boolean undecided = found.containsValue(Verdict.UNKNOWN);
                assertThat(undecided && !mayBeUnknown)
                        .as("%s is undecided", file)
                        .isFalse();
                assertThat(found.containsValue(Verdict.ILLEGAL))
                        .as("%s is illegal: %s", file, found)
                        .isEqualTo(!linearizable);
                found.values().forEach(verdict -> verdicts.merge(verdict, 1, Integer::sum));
            }
            forward.forEach((key, verdict) -> assertThat(deep.get(key))
                    .as("%s, key %s", file, key)
                    .isIn(verdict == Verdict.UNKNOWN ? Verdict.values() : new Verdict[] {verdict, Verdict.UNKNOWN}));
            histories++;
        }
        assertThat(histories).isEqualTo(6);
        report("stores", histories);
    }

    private void judge(Path file, KeyHistory history, Verdict expected) {
        Verdict forward = ConfigurationSearch.of(history, BUDGET).verdict();
        Verdict deep = WglSearch.of(history, BUDGET);
        verdicts.merge(forward, 1, Integer::sum);
        verdicts.merge(deep, 1, Integer::sum);
        assertThat(forward).as("forward, %s", file).isEqualTo(expected);
        assertThat(deep).as("deep, %s", file).isEqualTo(expected);
    }

    private void report(String kind, int histories) {
        log.info(
                "{}: {} histories, {} in {} ms",
                kind,
                histories,
                verdicts,
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos));
    }
}
