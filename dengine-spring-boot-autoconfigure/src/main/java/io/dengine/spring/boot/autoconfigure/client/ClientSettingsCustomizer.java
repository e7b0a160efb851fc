package io.dengine.spring.boot.autoconfigure.client;

import io.dengine.client.grpc.ClientSettings;

/** Changes the settings of the client before it is made, in order of the beans. For what no property says, as a TLS of one's own. */
@FunctionalInterface
public interface ClientSettingsCustomizer {

    ClientSettings customize(ClientSettings settings);
}
