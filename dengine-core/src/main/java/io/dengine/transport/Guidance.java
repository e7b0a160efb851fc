package io.dengine.transport;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.HeartbeatResponse;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;

/**
 * What is said between a node and its guides. Stateless.
 *
 * <p>A node takes entries from a leader that is not in its membership (Raft paper, section 6): the leader's membership may
 * be newer, and the entry that says so is among those it has to take. A node that was away while the others were replaced
 * meets none but such leaders. So another node of the same cluster that this one does not know, or knows with another
 * storage, is its <em>guide</em> if its membership has a later place in the log than this node's. A guide may lead this
 * node; it does not count for it.
 *
 * <p>Why this is safe:
 *
 * <ul>
 *   <li>What a node decides by a quorum (elections, commitment, leases, ReadIndex) rests on answers, and those are taken
 *       from members alone, with the storage that the membership names. Of a guide only requests are heard, and none are
 *       sent to it. What a node answers to its guide counts there only if the guide in turn knows it, and its storage, as a
 *       member's.
 *   <li>Whoever sends entries in a term was elected in it by a quorum of a membership out of its own log; whom the
 *       receiver takes for members has no part in that. Its entries are those of the one leader of the term, and a snapshot
 *       holds only what is committed.
 *   <li>A vote is given to a node id, so it may be given twice in a term to two storages of one node, but no term is won by
 *       both. The later storage comes in by an entry behind the committed removal of the earlier one, say of term r. A
 *       term above r is won only by a log that has the removal, in which the earlier storage is no voter; the later one
 *       has that entry before it is a voter, so it stands only in terms above r.
 * </ul>
 *
 * <p>Places are compared as votes compare logs, by term and then by index. A membership that was never committed may lie
 * far out in the log of a leader that was cut off, but always in a lower term than the newer membership that it must not
 * hide: a leader of a higher term would have had that one. The place of a removed node is not later, so it stays a stranger.
 */
public final class Guidance {

    private Guidance() {}

    /**
     * Returns whether a node may be a guide.
     *
     * @param theirs the place in the log of its membership
     * @param own that of the membership of the node it would guide
     */
    public static boolean mayGuide(EntryId theirs, EntryId own) {
        return theirs.compareTo(own) > 0;
    }

    /** Returns whether {@code message} is taken from a guide. */
    public static boolean isHeard(PeerMessage message) {
        if (message instanceof PeerMessage.Consensus consensus) {
            return consensus.message() instanceof AppendRequest
                    || consensus.message() instanceof HeartbeatRequest
                    || consensus.message() instanceof VoteRequest;
        }
        return message instanceof PeerMessage.SnapshotOffer || message instanceof PeerMessage.Chunk;
    }

    /** Returns whether {@code message} is for a guide: an answer to what is heard of it. */
    public static boolean isSaid(PeerMessage message) {
        if (message instanceof PeerMessage.Consensus consensus) {
            return consensus.message() instanceof AppendResponse
                    || consensus.message() instanceof HeartbeatResponse
                    || consensus.message() instanceof VoteResponse;
        }
        return message instanceof PeerMessage.ChunkRequest;
    }
}
