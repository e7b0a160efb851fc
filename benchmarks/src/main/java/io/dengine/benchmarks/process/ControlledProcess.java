package io.dengine.benchmarks.process;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A process that was started here, and the answers it gives. Used by one thread. */
public final class ControlledProcess implements AutoCloseable {

    private static final String ENDED = "ended";
    private static final int STOP_SECONDS = 20;

    private final String name;
    private final Path log;
    private final Process process;
    private final Writer commands;

    /** Bounded by what a process may say to one command: a handful of lines. */
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    private ControlledProcess(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
        this.commands = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        Thread reader = new Thread(this::read, "answers-of-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts it.
     *
     * @param name in texts, and the name of its log file
     * @param directory where its log file is put
     */
    public static ControlledProcess start(String name, Path directory, List<String> command) throws IOException {
        Files.createDirectories(directory);
        Path log = directory.resolve(name + ".log");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        return new ControlledProcess(name, log, process);
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line; (line = lines.readLine()) != null; ) {
                if (line.startsWith(NodeMain.MARK)) {
                    answers.add(line.substring(NodeMain.MARK.length()));
                }
            }
        } catch (IOException e) {
            // The pipe broke: the process is gone, as below.
            answers.add(ENDED);
            return;
        }
        answers.add(ENDED);
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public void tell(String command) {
        try {
            commands.write(command + "\n");
            commands.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " does not listen; see " + log, e);
        }
    }

    /** Returns the rest of the next answer, which must begin with {@code expected}. */
    public String answer(String expected, Duration patience) throws InterruptedException {
        String answer = answers.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (answer == null) {
            throw new IllegalStateException(
                    name + " did not say '" + expected + "' within " + patience.toSeconds() + " s; see " + log);
        }
        if (answer.equals(ENDED)) {
            answers.add(ENDED);
        }
        if (!answer.startsWith(expected)) {
            throw new IllegalStateException(name + " said '" + answer + "'" + tail());
        }
        return answer.substring(expected.length()).trim();
    }

    private String tail() {
        try {
            List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
            return lines.isEmpty() ? "" : ", and: " + String.join(" | ", lines.subList(0, Math.min(6, lines.size())));
        } catch (IOException e) {
            return "; see " + log;
        }
    }

    /** Ends it as a crash does: with SIGKILL. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Lets it end by itself, for at most {@value #STOP_SECONDS} s. */
    @Override
    public void close() {
        try {
            commands.close();
        } catch (IOException e) {
            // It is gone already, which is what is wanted.
            process.destroy();
        }
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
