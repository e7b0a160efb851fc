package io.dengine.transport.netty;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.command.CommandResult;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerMessage.Consensus;
import io.dengine.transport.PeerMessage.Outcome;
import java.util.ArrayList;
import java.util.List;
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
        all.add(new Consensus(new HeartbeatRequest(positive(), natural(), natural())));
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
        return all;
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
