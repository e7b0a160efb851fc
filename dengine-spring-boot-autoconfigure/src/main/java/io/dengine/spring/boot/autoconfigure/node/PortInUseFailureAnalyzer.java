package io.dengine.spring.boot.autoconfigure.node;

import io.dengine.transport.PortInUseException;
import java.net.InetSocketAddress;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** An address that the node is to listen on, for its peers or for clients, is taken. */
final class PortInUseFailureAnalyzer extends AbstractFailureAnalyzer<PortInUseException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, PortInUseException cause) {
        InetSocketAddress address = cause.address();
        return new FailureAnalysis(
                "The dengine node cannot listen on " + address.getHostString() + ":" + address.getPort()
                        + ": the port is in use.",
                "Stop what listens on port " + address.getPort()
                        + ", or check that 'dengine.node.id' is not the id of a member that already runs on this machine."
                        + " To move this node, change 'dengine.cluster.address', or its address in 'dengine.cluster.members', or"
                        + " 'dengine.api.address' if that is the port for clients; the other members learn the new one by themselves.",
                cause);
    }
}
