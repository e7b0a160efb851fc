package io.dengine.benchmarks.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.dengine.benchmarks.store.NodeSettings.State;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BenchmarkStateTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void itTakesBatches(State kind) throws IOException {
        NodeSettings settings = new NodeSettings(2, List.of(1, 2, 3), List.of(), directory, kind, "fsync", 0);
        Files.createDirectories(settings.ownDirectory());

        assertThatCode(() -> {
                    try (BenchmarkState state = BenchmarkState.open(settings)) {
                        ByteBuffer command = ByteBuffer.wrap(BenchmarkState.command(new byte[8], new byte[256]));
                        state.apply(command);
                        state.apply(command.rewind());
                        state.flush();
                        state.flush();
                        assertThat(command.hasRemaining()).isFalse();
                    }
                })
                .doesNotThrowAnyException();
    }

    @Test
    void settingsSurviveTheirWords() {
        NodeSettings settings =
                new NodeSettings(0, List.of(1, 2, 3), List.of(4, 5, 6), directory, State.HASH, "os-cache", 7);

        assertThat(NodeSettings.parse(settings.toWords())).isEqualTo(settings);
    }
}
