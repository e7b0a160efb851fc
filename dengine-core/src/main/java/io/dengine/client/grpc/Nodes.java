package io.dengine.client.grpc;

import io.dengine.client.grpc.PendingCall.Target;
import io.dengine.config.InvalidConfigException;
import io.dengine.config.PeerAddress;
import io.dengine.proto.v1.LeaderHint;
import io.dengine.proto.v1.Member;
import io.dengine.proto.v1.MembersResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The nodes that are known, who of them leads, and which one to ask. Belongs to the loop. */
final class Nodes {

    private static final Logger log = LoggerFactory.getLogger(Nodes.class);

    private static final long FAILED_SETUP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<PeerAddress, Node> known = new LinkedHashMap<>();
    private final ClientLoop loop;
    private final Function<Node, Connection> connect;
    private final RandomGenerator random;
    private @Nullable String clusterName;
    private int leaderId;
    private long leaderTerm;

    Nodes(List<PeerAddress> seeds, ClientLoop loop, Function<Node, Connection> connect, RandomGenerator random) {
        this.loop = loop;
        this.connect = connect;
        this.random = random;
        seeds.forEach(seed -> known.put(seed, new Node(seed, true, loop.nanoTime())));
    }

    /** Returns the connection for a request, open or on its way; null if there is none at present. */
    @Nullable
    Connection choose(Target target) {
        return switch (target.kind()) {
            case LEADER -> leader();
            case NEAREST -> nearest();
            case NODE -> exactly(target.nodeId());
        };
    }

    /** Never waits for a connection to the leader where another one is open: every node hands requests on. */
    private @Nullable Connection leader() {
        Connection toLeader = leaderId == 0 ? null : exactly(leaderId);
        if (toLeader != null && toLeader.isOpen()) {
            return toLeader;
        }
        Connection other = nearest();
        return other == null ? toLeader : other;
    }

    private @Nullable Connection exactly(int nodeId) {
        Node usable = null;
        for (Node node : known.values()) {
            if (node.id == nodeId && node.isUsable(loop.nanoTime())) {
                if (node.isOpen()) {
                    return node.connection;
                }
                usable = node;
            }
        }
        return usable == null ? null : connectionOf(usable);
    }

    /** Returns the nearest open connection, or one on its way, or begins one to any node. */
    @Nullable
    Connection nearest() {
        long now = loop.nanoTime();
        Connection nearest = null;
        Connection avoided = null;
        Connection coming = null;
        List<Node> others = new ArrayList<>();
        for (Node node : known.values()) {
            Connection connection = node.connection;
            if (connection != null && connection.isOpen()) {
                if (node.isUsable(now)) {
                    nearest = nearer(nearest, connection);
                } else {
                    avoided = nearer(avoided, connection);
                }
            } else if (connection != null) {
                coming = connection;
            } else if (node.isUsable(now)) {
                others.add(node);
            }
        }
        if (nearest != null) {
            return nearest;
        }
        if (coming != null) {
            return coming;
        }
        return others.isEmpty() ? avoided : connectionOf(others.get(random.nextInt(others.size())));
    }

    private static Connection nearer(@Nullable Connection one, Connection other) {
        return one == null || other.roundTripNanos() < one.roundTripNanos() ? other : one;
    }

    /** Returns null where not even a try can be made, as with certificates that cannot be read. */
    private @Nullable Connection connectionOf(Node node) {
        if (node.connection == null) {
            try {
                node.connection = connect.apply(node);
            } catch (RuntimeException e) {
                log.warn("cannot connect to {}", node, e);
                node.problem = String.valueOf(e.getMessage());
                node.avoid(loop.nanoTime(), FAILED_SETUP_NANOS);
            }
        }
        return node.connection;
    }

    /** Returns the open connections and those on their way. */
    List<Connection> connections() {
        List<Connection> connections = new ArrayList<>();
        for (Node node : known.values()) {
            if (node.connection != null) {
                connections.add(node.connection);
            }
        }
        return connections;
    }

    /**
     * Takes note of what a node said about its cluster.
     *
     * @return what is wrong with that node; null if nothing
     */
    @Nullable
    String learn(Node teller, MembersResponse said) {
        if (clusterName == null) {
            clusterName = said.getClusterName();
        } else if (!clusterName.equals(said.getClusterName())) {
            return "it belongs to the cluster '" + said.getClusterName() + "', and the others to '" + clusterName + "'";
        }
        teller.id = said.getNodeId();
        Set<PeerAddress> announced = new HashSet<>();
        for (Member member : said.getMembersList()) {
            PeerAddress address = addressOf(member.getApiAddress());
            if (address != null) {
                announced.add(address);
                node(address).id = member.getNodeId();
            }
        }
        if (said.getMembersCount() > 0) {
            known.values().removeIf(node -> !node.seed && node.connection == null && !announced.contains(node.address));
        }
        if (said.getTerm() >= leaderTerm) {
            leaderTerm = said.getTerm();
            follow(said.getLeaderId());
        }
        return null;
    }

    /** Takes note of the leader that a failure names. */
    void learn(LeaderHint hint) {
        PeerAddress address = addressOf(hint.getApiAddress());
        if (address != null) {
            node(address).id = hint.getNodeId();
        }
        follow(hint.getNodeId());
    }

    private void follow(int leader) {
        if (leader != leaderId) {
            log.debug("leader of the cluster: {}", leader);
            leaderId = leader;
        }
    }

    private Node node(PeerAddress address) {
        return known.computeIfAbsent(address, unknown -> new Node(unknown, false, loop.nanoTime()));
    }

    private static @Nullable PeerAddress addressOf(String text) {
        if (text.isEmpty()) {
            return null;
        }
        try {
            return PeerAddress.parse(text);
        } catch (InvalidConfigException e) {
            log.warn("a node announced an API address that is none: {}", text);
            return null;
        }
    }

    /** Says which nodes were tried and why none can be asked. */
    String describe() {
        return known.values().stream()
                .map(node -> node + ": " + node.problem)
                .collect(Collectors.joining("; ", "no node can be reached (", ")"));
    }
}
