package io.dengine.cli;

import io.dengine.standalone.DEngineServer;
import io.dengine.standalone.ServerSettings;
import io.dengine.standalone.SettingsReader;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a node. */
@Command(
        name = "server",
        mixinStandardHelpOptions = true,
        description =
                "Runs a node until it is told to end; then it hands leadership over first. Settings: docs/configuration.md.")
final class ServerCommand implements Callable<Integer> {

    @Option(
            names = {"-c", "--config"},
            defaultValue = "${DENGINE_CONFIG}",
            paramLabel = "FILE",
            description = "Settings in YAML. Default: $$DENGINE_CONFIG. Environment variables go before it.")
    @Nullable
    Path config;

    @Option(names = "--dry-run", description = "Only check the settings.")
    boolean dryRun;

    @Override
    public Integer call() {
        ServerSettings settings = SettingsReader.read(config, System.getenv());
        if (!dryRun) {
            try (DEngineServer server = DEngineServer.start(settings)) {
                server.run();
            }
        }
        return ExitCode.DONE.code();
    }
}
