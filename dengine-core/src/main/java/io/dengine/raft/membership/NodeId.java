package io.dengine.raft.membership;

/**
 * Names a node within its cluster, for as long as its data lives.
 *
 * @param value 1 or above
 */
public record NodeId(int value) implements Comparable<NodeId> {

    public NodeId {
        if (value <= 0) {
            throw new IllegalArgumentException("a node id must be above 0: " + value);
        }
    }

    public static NodeId of(int value) {
        return new NodeId(value);
    }

    @Override
    public int compareTo(NodeId other) {
        return Integer.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Integer.toString(value);
    }
}
