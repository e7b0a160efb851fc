package io.dengine.benchmarks;

import io.dengine.benchmarks.store.NodeSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program of another language that answers the same commands as a process of ours.
 *
 * @param file the program
 * @param words what it is told besides the settings
 * @param advice how to get it
 */
record BinaryProgram(Path file, List<String> words, String advice) implements Program {

    @Override
    public List<String> command(NodeSettings settings, boolean one) {
        List<String> command = new ArrayList<>(List.of(file.toString()));
        command.addAll(words);
        command.addAll(settings.toWords());
        return command;
    }

    @Override
    public List<String> missing() {
        return Files.isExecutable(file) ? List.of() : List.of(file.getFileName() + " is not there: " + advice);
    }
}
