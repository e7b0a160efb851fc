package io.dengine.process;

import io.dengine.DEngine;
import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationException;
import io.dengine.api.KeyValue;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.ScanRequest;
import io.dengine.api.ScanResult;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A node in a process of its own: writes without pause, watches everything, and reports each acknowledgement and each
 * event as a line on standard output the moment it knows of it.
 *
 * <p>Arguments: node id, data directory, the first write's number, the revision to watch from, then the ports of all
 * members, each as {@code peer} or {@code peer/api}. Lines out: {@code READY}, {@code ACK number revision}, {@code FAIL number class}, {@code REV revision key=value...},
 * {@code LEADER id} (0 for another), {@code QUIET}, {@code KEY key=value revision}, {@code DUMPED revision}. Lines in: {@code quiesce}, {@code dump}, {@code close}.
 */
final class NodeProcessMain {

    /** How many keys each node's writer goes round. */
    static final int KEYS = 500;

    private static final PrintStream OUT = System.out;

    private final int id;
    private final DEngine engine;
    private volatile boolean quiesced;

    private NodeProcessMain(int id, DEngine engine) {
        this.id = id;
        this.engine = engine;
    }

    public static void main(String[] args) throws Exception {
        int id = Integer.parseInt(args[0]);
        Map<NodeId, PeerAddress> members = new TreeMap<>();
        List<String> ports = Arrays.asList(args).subList(4, args.length);
        Map<NodeId, PeerAddress> apis = new TreeMap<>();
        for (int i = 0; i < ports.size(); i++) {
            String[] ofNode = ports.get(i).split("/", -1);
            members.put(NodeId.of(i + 1), new PeerAddress("127.0.0.1", Integer.parseInt(ofNode[0])));
            if (ofNode.length > 1) {
                apis.put(NodeId.of(i + 1), new PeerAddress("127.0.0.1", Integer.parseInt(ofNode[1])));
            }
        }
        DEngineConfig config = DEngineConfig.member(id, Path.of(args[1]), "process-test", members);
        PeerAddress api = apis.get(NodeId.of(id));
        DEngine engine = DEngine.start(api == null ? config : config.with(ApiSettings.at(api)));
        NodeProcessMain main = new NodeProcessMain(id, engine);
        main.run(Long.parseLong(args[2]), Long.parseLong(args[3]));
    }

    private void run(long firstNumber, long watchFrom) throws IOException {
        engine.addLeaderListener(change -> say("LEADER " + (change.self() ? id : 0)));
        engine.client().watch(WatchRequest.prefix(ByteSequence.EMPTY).withFromRevision(watchFrom), new Printer());
        engine.awaitReady(Duration.ofSeconds(60));
        say("READY");
        Thread writer = new Thread(() -> write(firstNumber), "writer");
        writer.setDaemon(true);
        writer.start();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            switch (line) {
                case "quiesce" -> quiesced = true;
                case "dump" -> dump();
                case "close" -> {
                    engine.close();
                    say("CLOSED");
                    return;
                }
                default -> throw new IllegalArgumentException(line);
            }
        }
    }

    private static final class Printer implements WatchListener {
        @Override
        public void onEvents(long revision, List<WatchEvent> events) {
            StringBuilder line = new StringBuilder("REV ").append(revision);
            events.forEach(event -> line.append(' ')
                    .append(event.key())
                    .append('=')
                    .append(event.entry().value()));
            say(line.toString());
        }

        @Override
        public void onClosed(Throwable cause) {
            say("WATCH-ENDED " + cause);
        }
    }

    private void write(long firstNumber) {
        for (long number = firstNumber; !quiesced; number++) {
            try {
                PutResult result = engine.client()
                        .blocking()
                        .put(ByteSequence.of("n" + id + "/" + number % KEYS), ByteSequence.of("v" + number));
                say("ACK " + number + " " + result.revision());
            } catch (CoordinationException e) {
                say("FAIL " + number + " " + e.getClass().getSimpleName());
            }
        }
        say("QUIET");
    }

    /** Prints every key with its revision, as this node holds them once it has caught up. */
    private void dump() {
        ScanResult page =
                engine.client().blocking().scan(ScanRequest.prefix(ByteSequence.EMPTY), ReadConsistency.LINEARIZABLE);
        for (KeyValue entry : page.entries()) {
            say("KEY " + entry.key() + "=" + entry.value() + " " + entry.modRevision());
        }
        say("DUMPED " + page.revision());
    }

    private static void say(String line) {
        synchronized (OUT) {
            OUT.println(line);
            OUT.flush();
        }
    }
}
