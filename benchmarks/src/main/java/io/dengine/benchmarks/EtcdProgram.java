package io.dengine.benchmarks;

import io.dengine.benchmarks.store.NodeSettings;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One member of etcd, with its defaults.
 *
 * @param built where benchmarks/peers/etcd/build puts it; used if there is none on the path
 */
record EtcdProgram(Path built) implements Program {

    private static final String HOST = "http://127.0.0.1:";

    @Override
    public List<String> command(NodeSettings settings, boolean one) {
        String peer = HOST + settings.peerPort();
        String client = HOST + settings.clientPorts().get(settings.id() - 1);
        String members = IntStream.rangeClosed(1, settings.peerPorts().size())
                .mapToObj(id -> "n" + id + "=" + HOST + settings.withId(id).peerPort())
                .collect(Collectors.joining(","));
        return List.of(
                file().toString(),
                "--name=n" + settings.id(),
                "--data-dir=" + settings.ownDirectory(),
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--initial-cluster=" + members,
                "--initial-cluster-state=new",
                "--log-level=error");
    }

    private Path file() {
        String chosen = System.getenv("ETCD");
        if (chosen != null) {
            return Path.of(chosen);
        }
        return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(directory -> Path.of(directory, "etcd"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(built);
    }

    @Override
    public List<String> missing() {
        return Files.isExecutable(file())
                ? List.of()
                : List.of("etcd is not there: install the Debian package etcd-server, or a newer one with Go:"
                        + " benchmarks/peers/etcd/build; or name one with ETCD=");
    }
}
