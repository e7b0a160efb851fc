package io.dengine.example.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickStartTest {

    @Test
    void whatIsWrittenIsRead(@TempDir Path data) {
        assertThat(QuickStart.run(data)).contains("greeting").contains("hello");
    }
}
