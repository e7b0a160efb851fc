package io.dengine.cli;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a cluster is to be reached.
 *
 * @param endpoints {@code host:port} of members' API ports, separated by commas; one that is up is enough
 * @param requestTimeout how long one request may wait for its answer
 * @param trusted the authorities of the nodes' certificates, in PEM; null for no TLS
 * @param certificate what is shown to the nodes, in PEM; null for nothing
 * @param privateKey its key, in PEM
 */
record Access(
        String endpoints,
        Duration requestTimeout,
        @Nullable Path trusted,
        @Nullable Path certificate,
        @Nullable Path privateKey) {

    Access {
        if ((certificate == null) != (privateKey == null)) {
            throw new IllegalArgumentException("give --cert and --key together");
        }
        if (certificate != null && trusted == null) {
            throw new IllegalArgumentException("give --cacert as well: nodes are not trusted unseen");
        }
    }
}
