package io.dengine.benchmarks.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class MachineTest {

    @Test
    void thisProcessHasUsedCpuAndMemoryAndCompiled() throws IOException {
        ProcessUse use = ProcessUse.of(ProcessHandle.current().pid());

        assertThat(use.cpuNanos()).isGreaterThan(use.jitNanos());
        assertThat(use.jitNanos()).isPositive();
        assertThat(use.residentBytes()).isGreaterThan(1 << 20);
    }

    @Test
    void theMachineHasWorkedNoLongerThanItRan() throws IOException {
        MachineUse use = MachineUse.now();

        assertThat(use.busy()).isPositive().isLessThanOrEqualTo(use.all());
    }

    @Test
    void aFlushTakesTime(@TempDir Path directory) throws IOException {
        DiskBaseline baseline = DiskBaseline.measure(directory);

        assertThat(baseline.p50Nanos()).isPositive().isLessThanOrEqualTo(baseline.p99Nanos());
        assertThat(directory).isEmptyDirectory();
    }
}
