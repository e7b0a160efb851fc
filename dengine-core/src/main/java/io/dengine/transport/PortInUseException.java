package io.dengine.transport;

import java.net.InetSocketAddress;

/** An address that this node is to listen on, for other nodes or for clients, is taken by another process. */
public final class PortInUseException extends RuntimeException {

    private final transient InetSocketAddress address;

    public PortInUseException(InetSocketAddress address, Throwable cause) {
        super("cannot listen on " + address.getHostString() + ":" + address.getPort() + ": the port is in use", cause);
        this.address = address;
    }

    public InetSocketAddress address() {
        return address;
    }
}
