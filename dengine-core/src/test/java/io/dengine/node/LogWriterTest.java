package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.DEngineConfig;
import io.dengine.raft.Ready;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.Envelope;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.storage.MemoryDisk;
import io.dengine.transport.PeerMessage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogWriterTest {

    private final RecordedPeers peers = new RecordedPeers();
    private final HeapLog log = new HeapLog();
    private final List<NodeEvent> events = new ArrayList<>();
    private final LogWriter writer = new LogWriter(
            log,
            SteppedNode.directory(DEngineConfig.embedded(Path.of("data")), new MemoryDisk()),
            peers,
            events::add,
            EngineMeter.NONE,
            () -> 0);

    private static Ready ready(List<Entry> append, long round) {
        Envelope promise = new Envelope(NodeId.of(2), new HeartbeatResponse(1, round));
        return new Ready(null, null, append, List.of(), List.of(promise), List.of(), List.of(), List.of(), List.of());
    }

    @Test
    void promisesWithoutAnythingToWriteDoNotPileUpBehindADiskThatStandsStill() {
        for (int i = 1; i <= 50_000; i++) {
            writer.submit(ready(List.of(), i), null);
        }
        writer.doWork();
        assertThat(peers.take(PeerMessage.Consensus.class)).hasSize(10_000);
        writer.submit(ready(List.of(), 1), null);
        writer.doWork();
        assertThat(peers.take(PeerMessage.Consensus.class)).hasSize(1);
    }

    @Test
    void whatIsToBeWrittenIsNeverDropped() {
        for (int i = 1; i <= 20_000; i++) {
            writer.submit(ready(List.of(new Entry(1, i, 0, EntryKind.EMPTY, new byte[0])), i), null);
        }
        writer.doWork();
        assertThat(log.last().index()).isEqualTo(20_000);
        assertThat(peers.take(PeerMessage.Consensus.class)).hasSize(20_000);
    }
}
