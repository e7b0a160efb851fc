package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.command.CommandResult;
import io.dengine.config.DEngineConfig;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.NodeId;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableStore;
import io.dengine.storage.MemoryDisk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Three whole nodes whose messages the test carries, in order, but for those it cuts off. */
final class SteppedCluster {

    final Map<Integer, SteppedNode> nodes = new TreeMap<>();

    /** Nobody hears these, and they hear nobody. */
    final Set<Integer> cutOff = new HashSet<>();

    /** What is lost on the way. */
    Predicate<RecordedPeers.Sent> lost = sent -> false;

    SteppedCluster(UnaryOperator<DEngineConfig> settings) {
        for (int id = 1; id <= 3; id++) {
            DEngineConfig config =
                    settings.apply(DEngineConfig.member(id, Path.of("node" + id), "test", SteppedNode.THREE));
            nodes.put(id, new SteppedNode(config, new MemoryDisk()));
        }
        until(() -> leading() != 0);
    }

    SteppedNode node(int id) {
        return Objects.requireNonNull(nodes.get(id));
    }

    /** Returns who leads and can be heard; 0 if nobody does. */
    int leading() {
        return nodes.keySet().stream()
                .filter(id -> !cutOff.contains(id) && node(id).node.leader().self())
                .findFirst()
                .orElse(0);
    }

    SteppedNode leader() {
        return node(leading());
    }

    /** Returns some node that follows. */
    int follower() {
        return nodes.keySet().stream()
                .filter(id -> node(id).node.status().role() == RoleKind.FOLLOWER)
                .findFirst()
                .orElseThrow();
    }

    void pass(Duration time) {
        for (long millis = 0; millis < time.toMillis(); millis += 20) {
            nodes.values().forEach(node -> node.advance(Duration.ofMillis(20)));
            settle();
        }
    }

    void until(BooleanSupplier condition) {
        for (int i = 0; i < 1000 && !condition.getAsBoolean(); i++) {
            pass(Duration.ofMillis(20));
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    private void settle() {
        boolean carried = true;
        for (int round = 0; carried; round++) {
            assertThat(round).as("messages never end").isLessThan(10_000);
            nodes.values().forEach(SteppedNode::step);
            carried = false;
            for (Map.Entry<Integer, SteppedNode> from : nodes.entrySet()) {
                List<RecordedPeers.Sent> all = List.copyOf(from.getValue().peers.sent);
                from.getValue().peers.sent.clear();
                for (RecordedPeers.Sent sent : all) {
                    carried |= carry(from.getKey(), sent);
                }
            }
        }
    }

    private boolean carry(int from, RecordedPeers.Sent sent) {
        int to = sent.to().value();
        if (cutOff.contains(from) || cutOff.contains(to) || lost.test(sent)) {
            return false;
        }
        node(to).peers.say(from, sent.message());
        return true;
    }

    CompletableFuture<CommandResult> put(String key, byte[] value) {
        CompletableFuture<CommandResult> answer = leader().put(key, ByteSequence.wrap(value), 0);
        settle();
        return answer;
    }

    /** Writes {@code count} values and moves time on a little for each. */
    void putMany(int count, int bytes) {
        for (int i = 0; i < count; i++) {
            CompletableFuture<CommandResult> put = put("k" + i, new byte[bytes]);
            pass(Duration.ofMillis(20));
            assertThat(put).isCompleted();
        }
    }

    /** Returns what a node has under a key, by its state alone. */
    @Nullable
    StoredValue local(int id, String key) {
        try (TableStore.View view = node(id).node.view()) {
            return view.get(ByteSequence.of(key));
        }
    }

    long applied(int id) {
        return node(id).state.applied().index();
    }

    NodeStatus status(int id) {
        return node(id).node.status();
    }

    NodeId idOf(int id) {
        return NodeId.of(id);
    }
}
