package io.dengine.sim;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipCodec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Every entry that any disk or any message has held. Whoever holds an entry of some term and index holds the same content,
 * behind the same entry: by induction, logs that agree at one place agree in all before it (Raft paper, section 5.3, log matching).
 */
final class EntryBook {

    /**
     * @param previous null if it is not known
     * @param membership in effect from this entry on, null if it is not known
     * @param membershipIndex the entry that it came with, 0 for that of the beginning
     */
    private record Page(Entry entry, EntryId previous, Membership membership, long membershipIndex) {}

    private final Oracle oracle;
    private final Membership bootstrap;
    private final MembershipRules memberships;
    private final Map<EntryId, Page> pages = new HashMap<>();

    EntryBook(Oracle oracle, Membership bootstrap) {
        this.oracle = oracle;
        this.bootstrap = bootstrap;
        this.memberships = new MembershipRules(oracle);
    }

    MembershipRules memberships() {
        return memberships;
    }

    /** Returns the membership in effect in a log that ends with {@code last}, or null if it is not known. */
    Membership membershipAt(EntryId last) {
        if (last.index() == 0) {
            return null;
        }
        Page page = pages.get(last);
        return page == null ? null : page.membership();
    }

    private Page page(Entry entry, EntryId previous) {
        Page before = previous == null ? null : pages.get(previous);
        boolean first = previous != null && previous.index() == 0;
        Membership membershipBefore = first ? bootstrap : before == null ? null : before.membership();
        long indexBefore = before == null ? 0 : before.membershipIndex();
        if (entry.kind() != EntryKind.MEMBERSHIP) {
            return new Page(entry, previous, membershipBefore, indexBefore);
        }
        Membership next = MembershipCodec.decode(entry.payload());
        if (membershipBefore != null) {
            memberships.onMade(entry, indexBefore, membershipBefore, next);
        }
        return new Page(entry, previous, next, entry.index());
    }

    /**
     * Notes entries that follow each other.
     *
     * @param where for the reader
     * @param previous the entry before them, null if it is not known
     */
    void note(String where, EntryId previous, List<Entry> entries) {
        EntryId before = previous;
        for (Entry entry : entries) {
            Page known = pages.get(entry.id());
            if (known == null) {
                pages.put(entry.id(), page(entry, before));
            } else {
                compare(where, known, entry, before);
                if (known.previous() == null && before != null) {
                    pages.put(entry.id(), page(known.entry(), before));
                }
            }
            before = entry.id();
        }
    }

    /** Payloads are owned by the log and never change, so that most copies share theirs. */
    @SuppressWarnings("ReferenceEquality") // a shortcut: equals has the last word
    private static boolean isSame(Entry one, Entry other) {
        return one == other || one.equals(other);
    }

    private void compare(String where, Page known, Entry entry, EntryId before) {
        boolean samePlace = before == null || known.previous() == null || before.equals(known.previous());
        if (!samePlace || !isSame(known.entry(), entry)) {
            throw oracle.violation(
                    where + " holds " + entry + " behind " + before + ", elsewhere it is " + known.entry() + " behind "
                            + known.previous(),
                    null);
        }
    }
}
