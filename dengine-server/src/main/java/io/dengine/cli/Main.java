package io.dengine.cli;

import java.util.List;

/** Where the process begins. */
public final class Main {

    private Main() {}

    /** Runs one command, and ends the process with its exit code. */
    public static void main(String[] arguments) {
        // Before the first logger: what a command answers must not drown in what the engine reports.
        if (!List.of(arguments).contains("server")) {
            System.setProperty("dengine.log.level", "WARN");
        }
        System.exit(Dengine.commandLine(RemoteSession::connect).execute(arguments));
    }
}
