package io.dengine.transport;

import io.dengine.api.ByteSequence;
import io.dengine.command.CommandResult;
import io.dengine.raft.message.RaftMessage;
import io.dengine.storage.SnapshotManifest;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What travels between peers. */
public sealed interface PeerMessage {

    /**
     * Consensus.
     *
     * @param message the message
     */
    record Consensus(RaftMessage message) implements PeerMessage {}

    /**
     * A follower asks its leader to propose a command.
     *
     * @param requestId unique at the sender while it runs
     * @param command the encoded command
     */
    record ProposeRequest(long requestId, ByteSequence command) implements PeerMessage {}

    /**
     * The answer to a {@link ProposeRequest}.
     *
     * @param requestId that of the request
     * @param outcome what became of it
     * @param result the result if APPLIED, else null
     * @param detail what to tell the caller if not APPLIED, else empty
     */
    record ProposeResponse(
            long requestId, Outcome outcome, @Nullable CommandResult result, String detail) implements PeerMessage {}

    /** What became of a forwarded command. The code is part of the wire format. */
    enum Outcome {
        APPLIED(0),
        /** Not proposed: the receiver does not lead. */
        NOT_LEADER(1),
        /** Not proposed: the receiver is at its limit. */
        OVERLOADED(2),
        /** Proposed, then the leader changed: it may still be applied. */
        INDETERMINATE(3),
        /** Not proposed: the receiver cannot read the command, which is a newer version's. */
        UNREADABLE(4);

        private final int code;

        Outcome(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }
    }

    /**
     * A follower asks its leader for an index that a linearizable read must wait for.
     *
     * @param requestId unique at the sender while it runs
     */
    record ReadIndexRequest(long requestId) implements PeerMessage {}

    /**
     * The answer to a {@link ReadIndexRequest}.
     *
     * @param requestId that of the request
     * @param index the index to wait for, or -1 if the receiver does not lead or could not confirm it
     */
    record ReadIndexResponse(long requestId, long index) implements PeerMessage {}

    /**
     * Any node hands a change of the cluster on to the leader.
     *
     * @param requestId unique at the sender while it runs
     * @param order what to do
     */
    record ClusterRequest(long requestId, ClusterOrder order) implements PeerMessage {}

    /**
     * The answer to a {@link ClusterRequest}, once the change is through or cannot be.
     *
     * @param requestId that of the request
     * @param outcome what became of it
     * @param detail what to tell the caller if not DONE, else empty
     */
    record ClusterResponse(long requestId, ClusterOutcome outcome, String detail) implements PeerMessage {}

    /** What became of a change of the cluster. The code is part of the wire format. */
    enum ClusterOutcome {
        DONE(0),
        /** Not begun: the receiver does not lead; ask again. */
        NOT_LEADER(1),
        /** Not begun: it would be unsafe now. It may be possible later. */
        UNSAFE(2),
        /** Not begun: it makes no sense. */
        INVALID(3),
        /** Begun, and given up; it may come about still. */
        UNKNOWN(4);

        private final int code;

        ClusterOutcome(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }
    }

    /**
     * A leader has a snapshot for a member that the log no longer reaches. What a snapshot holds is committed, so it may
     * be taken from whoever has it, in any term.
     *
     * @param manifest what is on offer
     */
    record SnapshotOffer(SnapshotManifest manifest) implements PeerMessage {}

    /**
     * A member whose state cannot be trusted asks its leader for a snapshot.
     *
     * @param leastIndex the least last index that helps
     */
    record SnapshotRequest(long leastIndex) implements PeerMessage {}

    /**
     * Asks for a part of a snapshot.
     *
     * @param snapshotId the snapshot
     * @param file the position of the file in the manifest, from 0
     * @param offset where the part begins
     * @param maxBytes the most bytes it may have, above 0
     */
    record ChunkRequest(UUID snapshotId, int file, long offset, int maxBytes) implements PeerMessage {}

    /**
     * A part of a snapshot.
     *
     * @param snapshotId the snapshot
     * @param file the position of the file in the manifest
     * @param offset where the part begins
     * @param bytes the part; empty if the sender no longer has the snapshot
     * @param crc32c the checksum of the part
     */
    record Chunk(UUID snapshotId, int file, long offset, ByteSequence bytes, int crc32c) implements PeerMessage {}

    /**
     * A member tells its leader the hash of its state.
     *
     * @param index after which entry
     * @param stateHash the hash
     */
    record StateHash(long index, long stateHash) implements PeerMessage {}

    /**
     * A leader tells a member that its state differs from that of a majority: it must serve no more of it.
     *
     * @param index after which entry
     * @param stateHash the hash of the majority
     */
    record StateDiffers(long index, long stateHash) implements PeerMessage {}
}
