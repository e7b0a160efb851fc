package io.dengine.cli;

import io.dengine.storage.file.DirectoryCheck;
import io.dengine.storage.file.DirectoryCheck.Finding;
import io.dengine.storage.file.DirectoryCheck.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks at a data directory while no node runs on it. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description =
                "Verifies the data directory of a node that is stopped, and changes nothing: identity, log, term and vote,"
                        + " the state in use, a snapshot being received. Exit code 1 if anything is damaged.")
final class CheckCommand implements Callable<Integer> {

    private final Dengine dengine;

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "DIRECTORY", description = "The data directory.")
    Path directory = Path.of("");

    CheckCommand(Dengine dengine) {
        this.dengine = dengine;
    }

    @Override
    public Integer call() throws IOException {
        if (!DirectoryCheck.isDataDirectory(directory)) {
            CommandLine line = spec == null ? new CommandLine(this) : spec.commandLine();
            throw new ParameterException(line, directory + " is no data directory of a node");
        }
        List<Finding> findings = DirectoryCheck.of(directory);
        for (Finding finding : findings) {
            String verdict = finding.verdict().name().toLowerCase(Locale.ROOT);
            dengine.show(Answer.of(verdict + "\t" + finding.part() + "\t" + finding.text())
                    .with("verdict", verdict)
                    .with("part", finding.part())
                    .with("text", finding.text()));
        }
        boolean damaged = findings.stream().anyMatch(finding -> finding.verdict() == Verdict.DAMAGED);
        return (damaged ? ExitCode.NO : ExitCode.DONE).code();
    }
}
