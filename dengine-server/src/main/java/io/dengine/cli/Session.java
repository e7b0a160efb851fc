package io.dengine.cli;

import io.dengine.api.CoordinationClient;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.node.NodeStatus;

/** A connection to a cluster, for one command. */
interface Session extends AutoCloseable {

    CoordinationClient client();

    ClusterAdmin cluster();

    /** Returns the node that answers, as it is now. */
    NodeStatus status();

    @Override
    void close();
}
