package io.dengine.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The systems that can be measured. */
final class Systems {

    private static final String STORES = "io.dengine.benchmarks.store.";

    /** As docs/performance.md and the files in deploy/ advise. */
    private static final List<String> DENGINE_FLAGS = List.of("-XX:MaxGCPauseMillis=20");

    private static final String RUST_ADVICE = "build it with Rust's cargo: benchmarks/peers/d-engine/build";

    private final Map<String, SystemKind> kinds;

    /**
     * Makes the catalogue.
     *
     * @param home the directory of the benchmarks
     */
    Systems(Path home) {
        Path peers = home.resolve("peers");
        Program dengine = new JvmProgram(home, STORES + "DEngineNodes", DENGINE_FLAGS);
        Path rust = peers.resolve("d-engine/target/release/d-engine-benchmark");
        kinds = Stream.of(
                        new SystemKind("dengine", dengine, null, true, true, null),
                        new SystemKind(
                                "dengine-grpc",
                                dengine,
                                new JvmProgram(home, STORES + "DEngineClients", DENGINE_FLAGS),
                                true,
                                true,
                                null),
                        new SystemKind(
                                "etcd",
                                new EtcdProgram(peers.resolve("etcd/target/etcd-node")),
                                new BinaryProgram(
                                        peers.resolve("etcd/target/etcd-driver"),
                                        List.of(),
                                        "build it with Go: benchmarks/peers/etcd/build"),
                                false,
                                false,
                                "fsync"),
                        peer(peers, "jgroups-raft", "JGroupsRaftNodes", null),
                        peer(peers, "sofa-jraft", "SofaJRaftNodes", null),
                        peer(peers, "ratis", "RatisNodes", "fsync"),
                        new SystemKind(
                                "d-engine",
                                new BinaryProgram(rust, List.of("node"), RUST_ADVICE),
                                null,
                                true,
                                false,
                                "memory (its default)"),
                        new SystemKind(
                                "d-engine-grpc",
                                new BinaryProgram(rust, List.of("server"), RUST_ADVICE),
                                new BinaryProgram(rust, List.of("client"), RUST_ADVICE),
                                false,
                                false,
                                "memory (its default)"))
                .collect(Collectors.toMap(SystemKind::name, Function.identity()));
    }

    private static SystemKind peer(Path peers, String name, String provider, @Nullable String durability) {
        return new SystemKind(
                name, new JvmProgram(peers.resolve(name), STORES + provider, List.of()), null, true, true, durability);
    }

    SystemKind of(SystemSpec spec) {
        SystemKind kind = kinds.get(spec.name());
        if (kind == null) {
            throw new IllegalArgumentException("no such system: " + spec.name() + "; there are "
                    + kinds.keySet().stream().sorted().collect(Collectors.joining(", ")));
        }
        return kind;
    }
}
