package io.dengine.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One node process seen from the test: what it has acknowledged, seen and said, over all its lives. */
final class NodeProcess {

    /** What one acknowledged write was. */
    record Ack(long number, long revision, long atNanos) {}

    private final int id;
    private final Path directory;
    private final List<String> ports;
    private final List<Ack> acks = new ArrayList<>();
    private final SortedMap<Long, String> events = new TreeMap<>();
    private final List<String> anomalies = new ArrayList<>();
    private final SortedMap<String, String> dumped = new TreeMap<>();
    private long lastNumber = -1;
    private boolean leads;
    private Process process;
    private CountDownLatch ready = new CountDownLatch(1);
    private CountDownLatch quiet = new CountDownLatch(1);
    private CountDownLatch dump = new CountDownLatch(1);
    private Thread reader;

    NodeProcess(int id, Path directory, List<String> ports) {
        this.id = id;
        this.directory = directory;
        this.ports = ports;
    }

    int id() {
        return id;
    }

    synchronized void start() throws IOException {
        ready = new CountDownLatch(1);
        leads = false;
        long watchFrom = events.isEmpty() ? 2 : events.lastKey() + 1;
        List<String> command = new ArrayList<>(Arrays.asList(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                NodeProcessMain.class.getName(),
                Integer.toString(id),
                directory.toString(),
                Long.toString(lastNumber + 1),
                Long.toString(watchFrom)));
        command.addAll(ports);
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        directory.resolveSibling("n" + id + ".log").toFile()))
                .start();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        reader = new Thread(() -> read(lines), "reader-" + id);
        reader.setDaemon(true);
        reader.start();
    }

    private void read(BufferedReader lines) {
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                take(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void take(String line) {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "READY" -> ready.countDown();
            case "QUIET" -> quiet.countDown();
            case "LEADER" -> leads = Integer.parseInt(words[1]) == id;
            case "ACK" -> {
                lastNumber = Math.max(lastNumber, Long.parseLong(words[1]));
                acks.add(new Ack(Long.parseLong(words[1]), Long.parseLong(words[2]), System.nanoTime()));
            }
            case "FAIL" -> lastNumber = Math.max(lastNumber, Long.parseLong(words[1]));
            case "REV" -> {
                long revision = Long.parseLong(words[1]);
                if (!events.isEmpty() && revision != events.lastKey() + 1) {
                    anomalies.add("node " + id + " saw revision " + revision + " after " + events.lastKey());
                }
                events.put(revision, line.substring(line.indexOf(' ', 4) + 1));
            }
            case "KEY" -> dumped.put(words[1], words[2]);
            case "DUMPED" -> dump.countDown();
            case "CLOSED" -> {}
            default -> anomalies.add("node " + id + " said: " + line);
        }
    }

    /** Ends the process as a crash would, and waits until all it had said has been read. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
        reader.join(TimeUnit.SECONDS.toMillis(10));
        synchronized (this) {
            leads = false;
            // A write that was under way may have been carried out: its number is never used again.
            lastNumber++;
        }
    }

    void say(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    void destroy() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    boolean awaitReady(long seconds) throws InterruptedException {
        return ready.await(seconds, TimeUnit.SECONDS);
    }

    boolean awaitQuiet(long seconds) throws InterruptedException {
        return quiet.await(seconds, TimeUnit.SECONDS);
    }

    boolean awaitDump(long seconds) throws InterruptedException {
        return dump.await(seconds, TimeUnit.SECONDS);
    }

    synchronized boolean leads() {
        return leads;
    }

    synchronized List<Ack> acks() {
        return List.copyOf(acks);
    }

    synchronized int ackCount() {
        return acks.size();
    }

    synchronized SortedMap<Long, String> events() {
        return new TreeMap<>(events);
    }

    synchronized long lastRevision() {
        return events.isEmpty() ? 1 : events.lastKey();
    }

    synchronized List<String> anomalies() {
        return List.copyOf(anomalies);
    }

    synchronized SortedMap<String, String> dumped() {
        return new TreeMap<>(dumped);
    }
}
