package io.dengine.benchmarks;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a system is run.
 *
 * @param name what {@code --systems} calls it
 * @param node one node
 * @param driver a client in a process of its own; null where the load is driven from within the leader's process
 * @param talks whether its nodes answer commands
 * @param jvm whether its nodes run on a JVM
 * @param fixedDurability when a write counts as safe; null where that can be chosen
 */
record SystemKind(
        String name,
        Program node,
        @Nullable Program driver,
        boolean talks,
        boolean jvm,
        @Nullable String fixedDurability) {

    List<String> missing() {
        return Stream.concat(node.missing().stream(), driver == null ? Stream.empty() : driver.missing().stream())
                .toList();
    }

    String durability(SystemSpec spec) {
        return fixedDurability == null ? spec.durability() : fixedDurability;
    }
}
