package io.dengine.cli;

import io.dengine.api.FatalException;
import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import io.dengine.storage.StorageFailure;
import io.dengine.transport.PortInUseException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line: what all commands share, and how a failure becomes an exit code. */
@Command(
        name = "dengine",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Runs a node, and looks after a cluster.",
        footerHeading = "%nExit codes:%n",
        footer = {
            "  0  done",
            "  1  done, and the answer is no: no such key, not as expected, not sound",
            "  2  the command line or a setting is wrong; nothing happened",
            "  3  refused: nothing happened; trying again later may help",
            "  4  indeterminate: it may have happened, or may yet; look before trying again",
            "  5  the node broke, or cannot start",
            "A server that is told to end by a signal ends with 128 plus its number: 143 for SIGTERM."
        })
final class Dengine {

    private final Connector connector;

    @Spec
    @Nullable
    CommandSpec spec;

    @Option(
            names = {"-e", "--endpoint"},
            scope = ScopeType.INHERIT,
            defaultValue = "${DENGINE_ENDPOINT:-127.0.0.1:7500}",
            paramLabel = "HOST:PORT",
            description =
                    "API port of a member, or of several separated by commas. Default: $$DENGINE_ENDPOINT, or 127.0.0.1:7500.")
    String endpoint = "";

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Answer in JSON, one object a line.")
    boolean json;

    @Option(
            names = "--timeout",
            scope = ScopeType.INHERIT,
            paramLabel = "DURATION",
            description = "How long to wait for an answer. Default: 5s, and 30s for orders to the members.")
    @Nullable
    Duration timeout;

    @Option(
            names = "--cacert",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "Speak TLS, with nodes that have a certificate of these authorities (PEM).")
    @Nullable
    Path trusted;

    @Option(
            names = "--cert",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "The certificate to show (PEM), with those that issued it.")
    @Nullable
    Path certificate;

    @Option(names = "--key", scope = ScopeType.INHERIT, paramLabel = "FILE", description = "Its private key (PEM).")
    @Nullable
    Path privateKey;

    private Dengine(Connector connector) {
        this.connector = connector;
    }

    /** Returns the command line; {@code connector} is how a cluster is reached. */
    static CommandLine commandLine(Connector connector) {
        Dengine dengine = new Dengine(connector);
        CommandLine line =
                new CommandLine(dengine).addSubcommand(new ServerCommand()).addSubcommand(new CheckCommand(dengine));
        List.of(
                        new StoreCommands.Get(dengine),
                        new StoreCommands.Put(dengine),
                        new StoreCommands.Delete(dengine),
                        new StoreCommands.CompareAndSet(dengine),
                        new StoreCommands.Scan(dengine),
                        new WatchCommand(dengine),
                        new ClusterCommands.Members(dengine),
                        new ClusterCommands.Leader(dengine),
                        new ClusterCommands.Status(dengine),
                        new OrderCommands.Add(dengine),
                        new OrderCommands.Promote(dengine),
                        new OrderCommands.Demote(dengine),
                        new OrderCommands.Remove(dengine),
                        new OrderCommands.Replace(dengine),
                        new OrderCommands.Transfer(dengine),
                        new OrderCommands.Snapshot(dengine))
                .forEach(line::addSubcommand);
        return line.setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false)
                .registerConverter(Duration.class, Durations::parse)
                .setExecutionExceptionHandler((failure, command, parsed) -> dengine.explain(failure, command));
    }

    Session connect(Duration requestTimeout) {
        return connector.connect(new Access(endpoint, requestTimeout, trusted, certificate, privateKey));
    }

    void show(Answer answer) {
        PrintWriter out = line().getOut();
        out.println(json ? answer.json() : answer.text());
        out.flush();
    }

    private CommandLine line() {
        if (spec == null) {
            throw new IllegalStateException("the command line was not parsed");
        }
        return spec.commandLine();
    }

    private int explain(Exception failure, CommandLine command) {
        if (failure instanceof ParameterException wrongUse) {
            throw wrongUse;
        }
        ExitCode code = codeOf(failure);
        PrintWriter err = line().getErr();
        if (json) {
            String reason = failure instanceof RefusedException refused
                    ? refused.reason().name().toLowerCase(Locale.ROOT)
                    : "";
            err.println(Json.of(
                    Map.of("error", code.text(), "reason", reason, "message", String.valueOf(failure.getMessage()))));
        } else {
            err.println("dengine " + command.getCommandName() + ": " + code.text() + ": " + failure.getMessage());
        }
        err.flush();
        return code.code();
    }

    private static ExitCode codeOf(Exception failure) {
        if (failure instanceof IllegalArgumentException || failure instanceof UncheckedIOException) {
            return ExitCode.WRONG_USE;
        }
        if (failure instanceof RefusedException refused) {
            return refused.reason() == RefusedException.Reason.INVALID ? ExitCode.WRONG_USE : ExitCode.REFUSED;
        }
        if (failure instanceof IndeterminateException) {
            return ExitCode.INDETERMINATE;
        }
        boolean explained = failure instanceof FatalException
                || failure instanceof StorageFailure
                || failure instanceof PortInUseException;
        if (!explained) {
            LoggerFactory.getLogger(Dengine.class).error("unexpected", failure);
        }
        return ExitCode.BROKEN;
    }
}
