package io.dengine.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.benchmarks.load.Workload;
import io.dengine.benchmarks.store.ReadableStore.Read;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScenarioTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "write-512",
                "hot-100",
                "linearizable-100",
                "lease-1",
                "local-2",
                "mixed-64",
                "value-65536",
                "ttl-1000",
                "watch-0",
                "growth-1000",
                "failover",
                "transfer",
                "restart-1024",
                "idle",
                "soak-600"
            })
    void aLoadSurvivesItsLine(String name) {
        Workload load = Scenario.parse(name, 1.5, 2.5).load();

        assertThat(Workload.parse(List.of(load.toLine().split(" ", -1)))).isEqualTo(load);
    }

    @Test
    void theNumberOfAWriteIsItsWindow() {
        Workload load = Scenario.parse("write-100", 20, 10).load();

        assertThat(load.window()).isEqualTo(100);
        assertThat(load.writePercent()).isEqualTo(100);
        assertThat(load.valueBytes()).isEqualTo(256);
        assertThat(load.warmUpSeconds()).isEqualTo(20);
    }

    @Test
    void whatIsReadIsWrittenFirst() {
        Workload load = Scenario.parse("lease-100", 20, 10).load();

        assertThat(load.read()).isEqualTo(Read.LEASE);
        assertThat(load.fill()).isEqualTo(load.keys());
    }

    @ParameterizedTest
    @ValueSource(strings = {"writes-1", "write", "write-x", "write-0", ""})
    void whatIsUnknownIsRefused(String name) {
        assertThatThrownBy(() -> Scenario.parse(name, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSystemIsItsNameAndItsOptionsInAnyOrder() {
        assertThat(SystemSpec.parse("dengine+hash+1jvm"))
                .isEqualTo(SystemSpec.parse("dengine+1jvm+hash"))
                .hasToString("dengine+1jvm+hash");
        assertThatThrownBy(() -> SystemSpec.parse("dengine+fast")).hasMessageContaining("fast");
        assertThatThrownBy(() -> SystemSpec.parse("sofa-jraft+memory")).hasMessageContaining("memory");
    }
}
