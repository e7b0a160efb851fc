package io.dengine.benchmarks.store;

import java.io.DataInput;
import java.io.DataOutput;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jgroups.JChannel;
import org.jgroups.protocols.FD_SOCK2;
import org.jgroups.protocols.FRAG2;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.MFC;
import org.jgroups.protocols.TCP;
import org.jgroups.protocols.TCPPING;
import org.jgroups.protocols.UFC;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.protocols.raft.ELECTION;
import org.jgroups.protocols.raft.NO_DUPES;
import org.jgroups.protocols.raft.RAFT;
import org.jgroups.protocols.raft.REDIRECT;
import org.jgroups.raft.RaftHandle;
import org.jgroups.raft.StateMachine;

/** jgroups-raft with the stack of its own example and its file log; each write is flushed before it counts. */
public final class JGroupsRaftNodes implements StoreProvider {

    /** A snapshot of the benchmark's state would be empty: the log is never shortened during a run. */
    private static final int LOG_BYTES = Integer.MAX_VALUE;

    @Override
    public Store open(NodeSettings settings) {
        try {
            return new Node(settings);
        } catch (Exception e) {
            throw new IllegalStateException("cannot start jgroups-raft", e);
        }
    }

    private static final class Node implements Store, StateMachine {

        private final BenchmarkState state;
        private final JChannel channel;
        private final RAFT raft;
        private final RaftHandle handle;

        Node(NodeSettings settings) throws Exception {
            state = BenchmarkState.open(settings);
            String id = "n" + settings.id();
            List<String> members = IntStream.rangeClosed(1, settings.peerPorts().size())
                    .mapToObj(each -> "n" + each)
                    .toList();
            raft = new RAFT()
                    .members(members)
                    .raftId(id)
                    .logDir(settings.ownDirectory().toString())
                    .logUseFsync(settings.durability().equals("fsync"))
                    .maxLogSize(LOG_BYTES);
            InetAddress loopback = InetAddress.getLoopbackAddress();
            TCP tcp = new TCP();
            tcp.setBindAddress(loopback).setBindPort(settings.peerPort()).setPortRange(0);
            TCPPING ping = new TCPPING();
            ping.setInitialHosts(settings.peerPorts().stream()
                    .map(port -> new InetSocketAddress(loopback, port))
                    .toList());
            ping.setPortRange(0);
            channel = new JChannel(
                    tcp,
                    ping,
                    new MERGE3(),
                    new FD_SOCK2(),
                    new VERIFY_SUSPECT2(),
                    new NAKACK2(),
                    new UNICAST3(),
                    new STABLE(),
                    new NO_DUPES(),
                    new GMS().setJoinTimeout(1000),
                    new UFC(),
                    new MFC(),
                    new FRAG2(),
                    new ELECTION(),
                    raft,
                    new REDIRECT());
            channel.name(id);
            handle = new RaftHandle(channel, this);
            handle.raftId(id);
            channel.connect("benchmark");
        }

        @Override
        public boolean leads() {
            return handle.isLeader();
        }

        @Override
        public String version() {
            String version = RAFT.class.getPackage().getImplementationVersion();
            return version == null ? "1.1.4.Final" : version;
        }

        @Override
        public CompletableFuture<?> put(byte[] key, byte[] value) {
            byte[] command = BenchmarkState.command(key, value);
            try {
                return handle.setAsync(command, 0, command.length);
            } catch (Exception e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        @Override
        public byte[] apply(byte[] data, int offset, int length, boolean serialize) {
            state.apply(ByteBuffer.wrap(data, offset, length));
            // It applies one command at a time and knows no batch.
            state.flush();
            return null;
        }

        @Override
        public void readContentFrom(DataInput in) {}

        @Override
        public void writeContentTo(DataOutput out) {}

        @Override
        public void close() {
            channel.close();
            state.close();
        }
    }
}
