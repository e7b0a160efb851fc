package io.dengine.cli;

/** How commands reach a cluster. */
@FunctionalInterface
interface Connector {

    /**
     * Connects.
     *
     * @param endpoints {@code host:port} of members' API ports, separated by commas; one that is up is enough
     * @throws io.dengine.api.CoordinationException if none can be reached
     */
    Session connect(String endpoints);
}
