package io.dengine.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Plays the texts under {@code scenarios}; the first lines of each say what it is about. */
class ScenarioTest {

    static List<String> names() throws IOException, URISyntaxException {
        try (Stream<Path> files = Files.list(directory())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void holds(String name) throws IOException, URISyntaxException {
        new ScenarioRunner(EnumSet.allOf(SafetyRule.class))
                .play(Files.readAllLines(directory().resolve(name)));
    }

    @ParameterizedTest
    @CsvSource({
        "COMMIT_OLDER_TERM,  figure-8-older-term-lost.txt",
        "UNCONFIRMED_READ,   read-rounds-are-not-shared-backwards.txt",
        "COUNT_UNSYNCED,     leader-with-slow-disk.txt",
        "VOTE_STALE_LOG,     stale-log-gets-no-vote.txt",
        "LEASE_FROM_RECEIPT, lease-counts-from-send.txt",
        "BREAK_PROMISE,      lease-outlives-voter-restart.txt",
        "SKIP_JOINT,         replace-needs-both-majorities.txt",
        "KEEP_CUT_MEMBERSHIP, membership-goes-with-its-entry.txt",
        "CHANGE_EARLY,       change-waits-for-the-terms-first-commit.txt",
        "COUNT_LEARNERS,     learners-count-for-nothing.txt",
        "LEAD_UNHEARD,       leader-heard-but-deaf.txt"
    })
    void seesPlantedBug(PlantedRaft.Bug bug, String name) {
        assertThatThrownBy(() -> new ScenarioRunner(bug.remainingRules())
                        .play(Files.readAllLines(directory().resolve(name))))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("line ");
    }

    @Test
    void everyBugHasAScenario() throws NoSuchMethodException {
        CsvSource rows = ScenarioTest.class
                .getDeclaredMethod("seesPlantedBug", PlantedRaft.Bug.class, String.class)
                .getAnnotation(CsvSource.class);

        assertThat(rows.value()).hasSameSizeAs(PlantedRaft.Bug.values());
    }

    private static Path directory() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(ScenarioTest.class.getResource("scenarios"))
                .toURI());
    }
}
