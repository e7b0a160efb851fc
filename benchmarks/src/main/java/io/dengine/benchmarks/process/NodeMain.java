package io.dengine.benchmarks.process;

import io.dengine.benchmarks.load.LoadDriver;
import io.dengine.benchmarks.load.Workload;
import io.dengine.benchmarks.store.NodeSettings;
import io.dengine.benchmarks.store.SteerableStore;
import io.dengine.benchmarks.store.Store;
import io.dengine.benchmarks.store.StoreProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The process of one node, of all three, or of a client: it does what it is told on standard input, one line a command, until
 * that ends. Each answer is one line behind {@value #MARK}:
 *
 * <pre>
 * version        version 0.1.0
 * leads          leads true
 * transfer       done
 * run LOAD       begin, end, result FIGURES
 * anything else, and whatever goes wrong: failed CAUSE
 * </pre>
 */
public final class NodeMain {

    /** What the lines of a driver begin with; others are output of the system itself. */
    public static final String MARK = "@";

    private static final int TRANSFER_SECONDS = 30;

    private final List<Store> nodes;
    private final PrintStream answers;

    private NodeMain(List<Store> nodes, PrintStream answers) {
        this.nodes = nodes;
        this.answers = answers;
    }

    /**
     * Starts what it is told.
     *
     * @param args the class of a {@link StoreProvider}, {@code processes=}N, and the words of {@link NodeSettings}
     */
    public static void main(String[] args) throws ReflectiveOperationException, IOException {
        PrintStream answers = System.out;
        // Whatever a library prints must not come between the lines of answers.
        System.setOut(System.err);
        List<String> words = Arrays.asList(args).subList(1, args.length);
        StoreProvider provider = Class.forName(args[0])
                .asSubclass(StoreProvider.class)
                .getDeclaredConstructor()
                .newInstance();
        NodeSettings settings = NodeSettings.parse(words);
        boolean all = "1".equals(NodeSettings.words(words).get("processes"));
        List<Store> nodes = new ArrayList<>();
        for (int id = 1; id <= settings.peerPorts().size(); id++) {
            if (all || id == settings.id()) {
                nodes.add(open(provider, settings.withId(id)));
            }
        }
        if (nodes.isEmpty()) {
            nodes.add(open(provider, settings));
        }
        new NodeMain(nodes, answers).serve();
        // A library may leave threads behind that keep the process alive.
        System.exit(0);
    }

    private static Store open(StoreProvider provider, NodeSettings settings) throws IOException {
        Files.createDirectories(settings.ownDirectory());
        return provider.open(settings);
    }

    private void serve() throws IOException {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = commands.readLine()) != null; ) {
            List<String> words = List.of(line.split(" ", -1));
            try {
                obey(words.get(0), words.subList(1, words.size()));
            } catch (RuntimeException | ExecutionException | TimeoutException e) {
                e.printStackTrace();
                say("failed " + e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        nodes.forEach(Store::close);
    }

    private void obey(String command, List<String> words)
            throws InterruptedException, ExecutionException, TimeoutException {
        switch (command) {
            case "version" -> say("version " + nodes.get(0).version());
            case "leads" -> say("leads " + nodes.stream().anyMatch(Store::leads));
            case "transfer" -> {
                ((SteerableStore) leader()).transferLeadership().get(TRANSFER_SECONDS, TimeUnit.SECONDS);
                say("done");
            }
            case "run" -> {
                String[] borders = {"begin", "end"};
                int[] next = {0};
                LoadDriver driver = new LoadDriver(leader(), Workload.parse(words));
                say("result " + driver.run(() -> say(borders[next[0]++])).toLine());
            }
            default -> say("failed no such command: " + command);
        }
    }

    private Store leader() {
        return nodes.stream()
                .filter(Store::leads)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no leader is here"));
    }

    private void say(String answer) {
        answers.println(MARK + answer);
        answers.flush();
    }
}
