package io.dengine.sim;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchRequest;
import io.dengine.command.Command;
import io.dengine.command.CommandCodec;
import io.dengine.command.CommandResult;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.membership.MembershipCodec;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.ApplyResult;
import io.dengine.statemachine.KvTwin;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The truth: what is committed, and what the store was at each of its revisions, as the dumb twin has it. */
final class Ledger {

    private static final long FIRST_REVISION = 1;

    private final KvTwin twin = new KvTwin();
    private final List<Entry> entries = new ArrayList<>();
    /** The term of the node that first took each entry for committed. */
    private final List<Long> commitTerms = new ArrayList<>();

    /** The state after each entry; the first stands for the empty log. */
    private final List<AppliedState> states = new ArrayList<>(List.of(AppliedState.EMPTY));

    private final Map<ByteSequence, TreeMap<Long, Optional<KeyValue>>> versions = new TreeMap<>();

    /** Adds the next committed entry, as a node in {@code commitTerm} knows it to be; returns the changes it made, which may be none. */
    List<RevisionEvents> add(Entry entry, long commitTerm) {
        int before = twin.events().size();
        if (entry.kind() == EntryKind.MEMBERSHIP) {
            twin.apply(entry, MembershipCodec.decode(entry.payload()));
        } else {
            twin.apply(entry, entry.kind() == EntryKind.COMMAND ? CommandCodec.decode(entry.payload()) : null);
        }
        entries.add(entry);
        commitTerms.add(commitTerm);
        states.add(twin.applied());
        List<RevisionEvents> changes =
                twin.events().subList(before, twin.events().size());
        for (RevisionEvents change : changes) {
            for (WatchEvent event : change.events()) {
                versions.computeIfAbsent(event.key(), key -> new TreeMap<>())
                        .put(
                                change.revision(),
                                event.type() == WatchEvent.Type.PUT ? Optional.of(event.entry()) : Optional.empty());
            }
        }
        return changes;
    }

    long lastIndex() {
        return entries.size();
    }

    Entry entry(long index) {
        return entries.get((int) index - 1);
    }

    /** Returns the term in which, at the latest, the entry at {@code index} was committed. */
    long commitTerm(long index) {
        return commitTerms.get((int) index - 1);
    }

    Command command(long index) {
        return CommandCodec.decode(entry(index).payload());
    }

    /** Returns the answer of the command at {@code index}; null for an entry without one. */
    CommandResult result(long index) {
        return applied(index).result();
    }

    ApplyResult applied(long index) {
        return twin.results().get((int) index - 1);
    }

    /** Returns the store revision of all that is committed. */
    long revision() {
        return revisionAfter(lastIndex());
    }

    AppliedState stateAfter(long index) {
        return states.get((int) index);
    }

    long revisionAfter(long index) {
        return states.get((int) index).revision();
    }

    /** Returns how many changes of one key there were: a revision may have several. */
    long events() {
        return twin.events().stream()
                .mapToLong(change -> change.events().size())
                .sum();
    }

    /** Returns all changes, from revision 2 on. */
    List<RevisionEvents> changes() {
        return twin.events();
    }

    /** Returns the changes of {@code revision}, from 2. */
    RevisionEvents changes(long revision) {
        return twin.events().get((int) (revision - FIRST_REVISION - 1));
    }

    /** Returns what a watch sees of {@code revision}; empty for nothing. */
    List<WatchEvent> changes(long revision, WatchRequest request) {
        List<WatchEvent> seen = new ArrayList<>();
        if (revision <= FIRST_REVISION || revision > revision()) {
            return seen;
        }
        for (WatchEvent event : changes(revision).events()) {
            if (request.matches(event.key())) {
                seen.add(request.previousValue() ? event : event.withoutPrevious());
            }
        }
        return seen;
    }

    /** Returns a key as it was at {@code revision}, null if it did not exist. */
    KeyValue at(ByteSequence key, long revision) {
        TreeMap<Long, Optional<KeyValue>> history = versions.get(key);
        Map.Entry<Long, Optional<KeyValue>> version = history == null ? null : history.floorEntry(revision);
        return version == null ? null : version.getValue().orElse(null);
    }

    /** Returns all keys that start with {@code prefix} as they were at {@code revision}, ascending. */
    List<KeyValue> under(ByteSequence prefix, long revision) {
        List<KeyValue> found = new ArrayList<>();
        for (ByteSequence key : versions.keySet()) {
            KeyValue value = key.startsWith(prefix) ? at(key, revision) : null;
            if (value != null) {
                found.add(value);
            }
        }
        return found;
    }
}
