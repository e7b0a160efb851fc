package io.dengine.sim;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Every entry that any disk or any message has held. Whoever holds an entry of some term and index holds the same content,
 * behind the same entry: by induction, logs that agree at one place agree in all before it (Raft paper, section 5.3, log matching).
 */
final class EntryBook {

    private record Page(Entry entry, EntryId previous) {}

    private final Oracle oracle;
    private final Map<EntryId, Page> pages = new HashMap<>();

    EntryBook(Oracle oracle) {
        this.oracle = oracle;
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
                pages.put(entry.id(), new Page(entry, before));
            } else {
                compare(where, known, entry, before);
                if (known.previous() == null && before != null) {
                    pages.put(entry.id(), new Page(known.entry(), before));
                }
            }
            before = entry.id();
        }
    }

    /** Payloads are owned by the log and never change, so that most copies share theirs. */
    private static boolean isSame(Entry one, Entry other) {
        return one == other || one.equals(other);
    }

    private void compare(String where, Page known, Entry entry, EntryId before) {
        boolean samePlace = before == null
                || known.previous() == null
                || before.equals(known.previous());
        if (!samePlace || !isSame(known.entry(), entry)) {
            throw oracle.violation(
                    where + " holds " + entry + " behind " + before + ", elsewhere it is " + known.entry() + " behind "
                            + known.previous(),
                    null);
        }
    }
}
