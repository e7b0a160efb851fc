package io.dengine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.raft.membership.NodeId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiSettingsTest {

    private static final PeerAddress ADDRESS = new PeerAddress("n1", 7401);
    private static final DEngineConfig CONFIG =
            DEngineConfig.member(1, Path.of("data"), "test", Map.of(NodeId.of(1), new PeerAddress("n1", 7400)));

    @Test
    void aNodeServesNoClientsUnlessToldWhere() {
        assertThat(CONFIG.api()).isNull();
        assertThat(CONFIG.apiAddress()).isNull();
        DEngineConfig serving = CONFIG.with(ApiSettings.at(ADDRESS));
        assertThat(serving.apiAddress()).isEqualTo(ADDRESS);
        assertThat(serving.with(Election.ofTimeout(Duration.ofSeconds(2))).apiAddress())
                .isEqualTo(ADDRESS);
    }

    @ParameterizedTest
    @CsvSource({
        "65535,   1,      1,       65536,      api.max-request-bytes: 65535 is out of range",
        "4194304, 0,      1,       65536,      api.max-calls-per-connection: 0 is out of range",
        "4194304, 100001, 1,       65536,      api.max-calls-per-connection: 100001 is out of range",
        "4194304, 1,      0,       65536,      api.max-in-flight: 0 is out of range",
        "4194304, 1,      1000001, 65536,      api.max-in-flight: 1000001 is out of range",
        "4194304, 1,      1,       65535,      api.max-unsent-bytes: 65535 is out of range",
    })
    void whatIsOutOfRangeIsNamed(int requestBytes, int calls, int inFlight, int unsentBytes, String text) {
        assertThatThrownBy(() -> new ApiSettings(ADDRESS, null, requestBytes, calls, inFlight, unsentBytes))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining(text);
    }

    @Test
    void aRequestMustHoldTheLargestCompareAndSet() {
        ApiSettings small = new ApiSettings(ADDRESS, null, 3 << 20, 1, 1, 1 << 20);

        assertThatThrownBy(() -> CONFIG.with(small))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("api.max-request-bytes: 3145728 holds no compare-and-set")
                .hasMessageContaining("limits.max-value-bytes");
    }

    @Test
    void peersAndClientsCannotShareAnAddress() {
        assertThatThrownBy(() -> CONFIG.with(ApiSettings.at(new PeerAddress("n1", 7400))))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("api.address: n1:7400");
    }
}
