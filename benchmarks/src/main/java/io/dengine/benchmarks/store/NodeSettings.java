package io.dengine.benchmarks.store;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a node is started with. All nodes are on the loopback interface.
 *
 * @param id 1 to the number of nodes; 0 for a client
 * @param peerPorts where the nodes talk to each other, by id
 * @param clientPorts where clients reach the nodes, by id; empty where there are no clients
 * @param directory where the node keeps its data
 * @param state what holds the state
 * @param durability when a write counts as safe: {@code fsync}, {@code os-cache} or {@code memory}
 * @param logBytes the bytes of log to keep, 0 for the system's default
 */
public record NodeSettings(
        int id,
        List<Integer> peerPorts,
        List<Integer> clientPorts,
        Path directory,
        State state,
        String durability,
        long logBytes) {

    /** What holds the state. */
    public enum State {
        ROCKSDB,
        /** A table in memory. */
        HASH
    }

    public NodeSettings {
        peerPorts = List.copyOf(peerPorts);
        clientPorts = List.copyOf(clientPorts);
    }

    public NodeSettings withId(int otherId) {
        return new NodeSettings(otherId, peerPorts, clientPorts, directory, state, durability, logBytes);
    }

    public NodeSettings withLogBytes(long bytes) {
        return new NodeSettings(id, peerPorts, clientPorts, directory, state, durability, bytes);
    }

    /** Returns the directory of this node alone. */
    public Path ownDirectory() {
        return directory.resolve("n" + id);
    }

    public int peerPort() {
        return peerPorts.get(id - 1);
    }

    /** Returns what {@link #parse} reads, as {@code name=value} words. */
    public List<String> toWords() {
        return List.of(
                "id=" + id,
                "peers=" + joined(peerPorts),
                "clients=" + joined(clientPorts),
                "directory=" + directory,
                "state=" + state,
                "durability=" + durability,
                "log-bytes=" + logBytes);
    }

    private static String joined(List<Integer> ports) {
        return ports.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    public static NodeSettings parse(List<String> words) {
        Map<String, String> values = words(words);
        return new NodeSettings(
                Integer.parseInt(values.getOrDefault("id", "0")),
                ports(values.getOrDefault("peers", "")),
                ports(values.getOrDefault("clients", "")),
                Path.of(values.getOrDefault("directory", ".")),
                State.valueOf(values.getOrDefault("state", State.ROCKSDB.name())),
                values.getOrDefault("durability", "fsync"),
                Long.parseLong(values.getOrDefault("log-bytes", "0")));
    }

    private static List<Integer> ports(String text) {
        return Arrays.stream(text.split(",", -1))
                .filter(port -> !port.isEmpty())
                .map(Integer::valueOf)
                .toList();
    }

    /** Returns {@code name=value} words as a map. */
    public static Map<String, String> words(List<String> words) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                values.put(word.substring(0, equals), word.substring(equals + 1));
            }
        }
        return values;
    }
}
