package io.dengine.spring.boot.autoconfigure.client;

import java.util.List;

/** The endpoints that the properties name. */
final class PropertiesDengineConnectionDetails implements DengineConnectionDetails {

    private final ClientProperties properties;

    PropertiesDengineConnectionDetails(ClientProperties properties) {
        this.properties = properties;
    }

    @Override
    public List<String> getEndpoints() {
        return properties.endpoints();
    }
}
