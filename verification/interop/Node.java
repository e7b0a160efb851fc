import io.dengine.DEngine;
import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.PeerAddress;
import io.dengine.config.Peering;
import io.dengine.raft.membership.NodeId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;

/**
 * One node that does nothing but serve. Arguments: its id, its data directory, its API port, then the peer ports of nodes 1, 2,
 * ... that begin the cluster. A node of a higher id has its own peer port as the last argument, and joins the others.
 */
final class Node {

    private Node() {}

    public static void main(String[] args) throws InterruptedException {
        NodeId id = NodeId.of(Integer.parseInt(args[0]));
        PeerAddress api = address(args[2]);
        TreeMap<NodeId, PeerAddress> members = new TreeMap<>();
        for (int i = 3; i < args.length; i++) {
            members.put(NodeId.of(i - 2), address(args[i]));
        }
        Peering peering = Peering.DEFAULT;
        if (!members.containsKey(id)) {
            PeerAddress own = members.pollLastEntry().getValue();
            peering = Peering.joining(own, new ArrayList<>(members.values()));
            members.clear();
        }
        DEngineConfig config = new DEngineConfig(id, Path.of(args[1]), "interop", members, Map.of())
                .with(ApiSettings.at(api));
        DEngine.start(config.with(peering));
        Thread.currentThread().join();
    }

    private static PeerAddress address(String port) {
        return new PeerAddress("127.0.0.1", Integer.parseInt(port));
    }
}
