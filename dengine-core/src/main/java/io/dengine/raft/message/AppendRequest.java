package io.dengine.raft.message;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import java.util.List;

/**
 * The leader's entries for one follower; without entries it probes where the two logs agree (Raft paper, section 5.3).
 *
 * @param term the leader's term
 * @param previous the entry just before the first one sent
 * @param entries consecutive entries, the first at {@code previous.index() + 1}; unmodifiable, may be empty
 * @param commitIndex the leader's commit index
 */
public record AppendRequest(long term, EntryId previous, List<Entry> entries, long commitIndex) implements RaftMessage {
    public AppendRequest {
        RaftMessage.require(term > 0 && previous.term() <= term && commitIndex >= 0, "0 < previous term <= term", term);
        RaftMessage.require(
                entries.isEmpty() || entries.get(0).index() == previous.index() + 1,
                "entries follow previous",
                previous);
    }

    /** Returns the id of the last entry sent, or {@code previous} if there is none. */
    public EntryId last() {
        return entries.isEmpty() ? previous : entries.get(entries.size() - 1).id();
    }
}
