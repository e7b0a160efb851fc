package io.dengine.benchmarks.store;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.RaftGroupService;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** SOFAJRaft with its defaults, and with sync and syncMeta, both of which a durable vote and a durable write take. */
public final class SofaJRaftNodes implements StoreProvider {

    private static final String HOST = "127.0.0.1";

    @Override
    public Store open(NodeSettings settings) throws IOException {
        return new RaftNode(settings);
    }

    private static final class RaftNode implements Store {

        private final BenchmarkState state;
        private final RaftGroupService service;
        private final Node node;

        RaftNode(NodeSettings settings) throws IOException {
            state = BenchmarkState.open(settings);
            Configuration members = new Configuration();
            members.parse(settings.peerPorts().stream()
                    .map(port -> HOST + ":" + port)
                    .collect(Collectors.joining(",")));
            NodeOptions options = new NodeOptions();
            options.setFsm(new Machine());
            options.setInitialConf(members);
            options.setLogUri(
                    Files.createDirectories(settings.ownDirectory().resolve("log")).toString());
            options.setRaftMetaUri(
                    Files.createDirectories(settings.ownDirectory().resolve("meta")).toString());
            boolean flush = settings.durability().equals("fsync");
            RaftOptions raft = new RaftOptions();
            raft.setSync(flush);
            raft.setSyncMeta(flush);
            options.setRaftOptions(raft);
            service = new RaftGroupService("benchmark", new PeerId(HOST, settings.peerPort()), options);
            node = service.start();
        }

        @Override
        public boolean leads() {
            return node.isLeader();
        }

        @Override
        public String version() {
            String version = Node.class.getPackage().getImplementationVersion();
            return version == null ? "1.4.1" : version;
        }

        @Override
        public CompletableFuture<?> put(byte[] key, byte[] value) {
            CompletableFuture<Void> answer = new CompletableFuture<>();
            node.apply(new Task(ByteBuffer.wrap(BenchmarkState.command(key, value)), status -> {
                if (status.isOk()) {
                    answer.complete(null);
                } else {
                    answer.completeExceptionally(new IOException(status.toString()));
                }
            }));
            return answer;
        }

        @Override
        public void close() {
            service.shutdown();
            try {
                service.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            state.close();
        }

        private final class Machine extends StateMachineAdapter {

            @Override
            public void onApply(Iterator entries) {
                // One batch of the state for each of theirs; a caller hears of its write after that.
                List<Closure> waiting = new ArrayList<>();
                while (entries.hasNext()) {
                    state.apply(entries.getData());
                    if (entries.done() != null) {
                        waiting.add(entries.done());
                    }
                    entries.next();
                }
                state.flush();
                waiting.forEach(closure -> closure.run(Status.OK()));
            }
        }
    }
}
