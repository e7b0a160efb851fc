package io.dengine.standalone;

import io.dengine.config.DEngineConfig;
import io.dengine.config.PeerAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a server is started with. Immutable.
 *
 * @param config the node
 * @param startTimeout how long it may take until the node can serve before that is warned of; 0 does not wait
 * @param http where load balancers' checks are answered; null for nowhere
 * @param warnings what someone should be told about where the settings came from
 */
public record ServerSettings(
        DEngineConfig config,
        Duration startTimeout,
        @Nullable PeerAddress http,
        List<String> warnings) {

    static final ServerSettings DEFAULT = new ServerSettings(
            DEngineConfig.embedded(Path.of("./data/dengine")), Duration.ofSeconds(10), null, List.of());

    public ServerSettings {
        warnings = List.copyOf(warnings);
    }
}
