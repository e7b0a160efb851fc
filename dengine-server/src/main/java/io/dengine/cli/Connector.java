package io.dengine.cli;

/** How commands reach a cluster. */
@FunctionalInterface
interface Connector {

    /** Connects, which may show only when something is asked. */
    Session connect(Access access);
}
