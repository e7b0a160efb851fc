package io.dengine.benchmarks;

import io.dengine.benchmarks.store.NodeSettings.State;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A system as {@code --systems} asks for it: its name, and options behind plus signs, as in {@code dengine+hash+1jvm}.
 *
 * @param name one that {@link Systems} knows
 * @param options {@code hash}, {@code 1jvm}, {@code os-cache}, {@code memory}
 */
record SystemSpec(String name, Set<String> options) {

    private static final Set<String> KNOWN = Set.of("hash", "1jvm", "os-cache", "memory");

    SystemSpec {
        options = Set.copyOf(options);
        if (options.contains("memory") && !knowsMemory(name)) {
            throw new IllegalArgumentException(name + " has no durability of the name memory; dengine has");
        }
        for (String option : options) {
            if (!KNOWN.contains(option)) {
                throw new IllegalArgumentException(
                        "no such option of a system: " + option + "; there are hash, 1jvm, os-cache and memory");
            }
        }
    }

    private static boolean knowsMemory(String name) {
        return name.equals("dengine") || name.equals("dengine-grpc");
    }

    static SystemSpec parse(String text) {
        List<String> words = List.of(text.split("\\+", -1));
        return new SystemSpec(words.get(0), new LinkedHashSet<>(words.subList(1, words.size())));
    }

    /** Without a disk there is no RocksDB either. */
    State state() {
        return options.contains("hash") || options.contains("memory") ? State.HASH : State.ROCKSDB;
    }

    String durability() {
        return options.contains("memory") ? "memory" : options.contains("os-cache") ? "os-cache" : "fsync";
    }

    boolean oneProcess() {
        return options.contains("1jvm");
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name);
        options.stream().sorted().forEach(option -> text.append('+').append(option));
        return text.toString();
    }
}
