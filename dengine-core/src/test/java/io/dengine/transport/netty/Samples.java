package io.dengine.transport.netty;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.command.CommandResult;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import io.dengine.storage.SnapshotFile;
import io.dengine.storage.SnapshotManifest;
import io.dengine.transport.ClusterOrder;
import io.dengine.transport.ClusterOrder.Change;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.ClusterOutcome;
import io.dengine.transport.PeerMessage.Consensus;
import io.dengine.transport.PeerMessage.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** Messages of every type, with random content. */
final class Samples {

    private final RandomGenerator random;

    Samples(RandomGenerator random) {
        this.random = random;
    }

    /** Returns one message of each type, and of each outcome. */
    List<PeerMessage> oneOfEach() {
        List<PeerMessage> all = new ArrayList<>();
        all.add(new Consensus(append(random.nextInt(6), 300)));
        all.add(new Consensus(append(0, 0)));
        all.add(new Consensus(new AppendResponse(positive(), random.nextBoolean(), natural(), natural(), natural())));
        all.add(new Consensus(new HeartbeatRequest(positive(), natural(), natural(), natural())));
        all.add(new Consensus(new HeartbeatResponse(positive(), natural())));
        all.add(new Consensus(new VoteRequest(
                1000 + positive() / 2, random.nextBoolean(), new EntryId(999, natural()), random.nextBoolean())));
        all.add(new Consensus(new VoteResponse(natural(), random.nextBoolean(), random.nextBoolean())));
        all.add(new Consensus(new TimeoutNow(positive())));
        all.add(new PeerMessage.ProposeRequest(random.nextLong(), bytes(random.nextInt(500))));
        for (Outcome outcome : Outcome.values()) {
            all.add(new PeerMessage.ProposeResponse(
                    random.nextLong(),
                    outcome,
                    outcome == Outcome.APPLIED ? result() : null,
                    random.nextBoolean() ? "" : "node 2 führt nicht"));
        }
        all.add(new PeerMessage.ReadIndexRequest(random.nextLong()));
        all.add(new PeerMessage.ReadIndexResponse(random.nextLong(), random.nextBoolean() ? -1 : natural()));
        addOrders(all);
        addSnapshots(all);
        return all;
    }

    private void addOrders(List<PeerMessage> all) {
        List<ClusterOrder> orders = List.of(
                new Change(new MembershipChange.AddLearner(member())),
                new Change(new MembershipChange.Promote(node())),
                new Change(new MembershipChange.Demote(node())),
                new Change(new MembershipChange.Remove(node())),
                new Change(new MembershipChange.Replace(node(), member())),
                new Change(new MembershipChange.Describe(member())),
                new ClusterOrder.Transfer(node()),
                new ClusterOrder.Transfer(null));
        orders.forEach(order -> all.add(new PeerMessage.ClusterRequest(random.nextLong(), order)));
        for (ClusterOutcome outcome : ClusterOutcome.values()) {
            all.add(new PeerMessage.ClusterResponse(random.nextLong(), outcome, "node 2 führt nicht"));
        }
    }

    private void addSnapshots(List<PeerMessage> all) {
        all.add(new PeerMessage.SnapshotOffer(manifest()));
        all.add(new PeerMessage.SnapshotRequest(natural()));
        all.add(new PeerMessage.ChunkRequest(
                uuid(), random.nextInt(1 << 30), natural(), 1 + random.nextInt(SnapshotCodec.MAX_CHUNK_BYTES)));
        all.add(new PeerMessage.Chunk(
                uuid(), random.nextInt(1 << 30), natural(), bytes(random.nextInt(3000)), random.nextInt()));
        all.add(new PeerMessage.StateHash(natural(), random.nextLong()));
        all.add(new PeerMessage.StateDiffers(natural(), random.nextLong()));
    }

    SnapshotManifest manifest() {
        List<SnapshotFile> files = new ArrayList<>();
        for (int i = random.nextInt(5); i < 5; i++) {
            files.add(new SnapshotFile("state/00" + i + ".sst", natural() % SnapshotFile.MAX_BYTES, random.nextInt()));
        }
        return new SnapshotManifest(
                uuid(),
                new EntryId(positive(), natural()),
                natural(),
                natural(),
                random.nextLong(),
                membership(),
                "rocksdb",
                files);
    }

    Membership membership() {
        SortedMap<NodeId, Member> details = new TreeMap<>();
        for (int id = 1; id <= 4; id++) {
            details.put(NodeId.of(id), Member.of(NodeId.of(id), "node" + id + ":7400", uuid()));
        }
        Set<NodeId> voters = Set.of(NodeId.of(1), NodeId.of(2), NodeId.of(3));
        return new Membership(voters, Set.of(), Set.of(NodeId.of(4)), Set.of(), details);
    }

    Member member() {
        Member named = Member.of(node(), random.nextBoolean() ? "" : "[::1]:7400", random.nextBoolean() ? null : uuid())
                .withApiAddress(random.nextBoolean() ? "" : "api:7401");
        NodeId other = NodeId.of(named.id().value() + 1);
        return named.withReadOnly(random.nextBoolean()).withReplaces(random.nextBoolean() ? null : other);
    }

    private NodeId node() {
        return NodeId.of(1 + random.nextInt(1 << 30));
    }

    private UUID uuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    AppendRequest append(int count, int payloadBound) {
        long term = 10L + random.nextInt(1000);
        EntryId previous = random.nextInt(4) == 0 ? EntryId.ZERO : new EntryId(5L, random.nextInt(1_000_000));
        List<Entry> entries = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            boolean empty = random.nextInt(4) == 0;
            byte[] payload = new byte[empty ? 0 : random.nextInt(payloadBound)];
            random.nextBytes(payload);
            entries.add(new Entry(
                    5L + i / 2, previous.index() + i, 100L * i, empty ? EntryKind.EMPTY : EntryKind.COMMAND, payload));
        }
        return new AppendRequest(term, previous, List.copyOf(entries), natural());
    }

    private CommandResult result() {
        KeyValue current = random.nextBoolean()
                ? null
                : new KeyValue(bytes(random.nextInt(40)), bytes(random.nextInt(4000)), 3, 9, 4);
        return new CommandResult(positive(), random.nextBoolean(), current);
    }

    private ByteSequence bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return ByteSequence.wrap(bytes);
    }

    private long positive() {
        return 1 + natural() / 2;
    }

    private long natural() {
        return random.nextLong() >>> 1;
    }
}
