package io.dengine.cli;

import io.dengine.DEngine;
import io.dengine.api.CoordinationClient;
import io.dengine.cluster.ClusterAdmin;
import io.dengine.node.NodeStatus;
import io.dengine.raft.membership.NodeId;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine;

/** Types commands, with an engine of this process in the place of a cluster. */
final class Shell {

    private final Connector connector;

    Shell(DEngine engine) {
        this.connector = access -> new Local(engine);
    }

    Shell(Connector connector) {
        this.connector = connector;
    }

    /**
     * What a command did.
     *
     * @param code its exit code
     * @param out what it answered, without the last line's end
     * @param err what it complained of
     */
    record Outcome(int code, String out, String err) {}

    Outcome type(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Dengine.commandLine(connector)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        int code = line.execute(arguments);
        return new Outcome(code, out.toString().strip(), err.toString().strip());
    }

    private record Local(DEngine engine) implements Session {

        @Override
        public CoordinationClient client() {
            return engine.client();
        }

        @Override
        public ClusterAdmin cluster() {
            return engine.cluster();
        }

        @Override
        public CompletableFuture<NodeStatus> status(NodeId node) {
            return CompletableFuture.completedFuture(engine.status());
        }

        @Override
        public CompletableFuture<Long> snapshot(NodeId node) {
            return engine.cluster().snapshot();
        }

        @Override
        public void close() {}
    }
}
