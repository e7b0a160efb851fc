package io.dengine.statemachine;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import io.dengine.api.WatchEvent;
import io.dengine.command.Command;
import io.dengine.command.CommandCodec;
import io.dengine.command.CommandResult;
import io.dengine.lease.LeaseDeadlines;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipCodec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One batch in the making: entries change an overlay over the table, which later entries of the batch see and which
 * reaches the table in one write.
 */
final class ApplyBatch {

    /**
     * The most keys one entry expires, which bounds the work and the memory of one entry; the rest goes with the next
     * entries. Part of the replicated behaviour: all nodes must have the same.
     */
    static final int MAX_EXPIRIES_PER_ENTRY = 10_000;

    private final TableStore tables;
    private final LeaseDeadlines deadlines;
    private final Map<ByteSequence, TableChange> changes = new LinkedHashMap<>();
    private final List<ApplyResult> results = new ArrayList<>();
    private final List<RevisionEvents> events = new ArrayList<>();
    private final List<StateMachine.HashPoint> hashPoints = new ArrayList<>(0);
    private final StateHash rowHash;
    private final long hashInterval;

    private long index;
    private long term;
    private long revision;
    private long clusterTimeMillis;
    private long stateHash;
    private Membership membership;

    ApplyBatch(TableStore tables, LeaseDeadlines deadlines, StateHash rowHash, long hashInterval) {
        this.tables = tables;
        this.deadlines = deadlines;
        this.rowHash = rowHash;
        this.hashInterval = hashInterval;
        AppliedState applied = tables.applied();
        index = applied.index();
        term = applied.term();
        revision = applied.revision();
        clusterTimeMillis = applied.clusterTimeMillis();
        stateHash = applied.stateHash();
        membership = applied.membership();
    }

    void apply(Entry entry) {
        if (entry.index() != index + 1 || entry.term() < term || entry.clusterTimeMillis() < clusterTimeMillis) {
            throw new IllegalStateException(
                    entry + " does not follow " + term + "/" + index + " @" + clusterTimeMillis);
        }
        index = entry.index();
        term = entry.term();
        clusterTimeMillis = entry.clusterTimeMillis();
        expire();
        CommandResult result = switch (entry.kind()) {
            case EMPTY -> null;
            case MEMBERSHIP -> {
                membership = MembershipCodec.decode(entry.payload());
                yield null;
            }
            case COMMAND -> execute(CommandCodec.decode(entry.payload()));
        };
        results.add(new ApplyResult(entry.id(), result));
        if (index % hashInterval == 0) {
            hashPoints.add(new StateMachine.HashPoint(index, stateHash));
        }
    }

    /** Writes the changes and tells what they were. */
    StateMachine.Outcome finish() {
        AppliedState applied = new AppliedState(index, term, revision, clusterTimeMillis, stateHash, membership);
        if (!results.isEmpty()) {
            tables.apply(changes, applied);
        }
        return new StateMachine.Outcome(
                Collections.unmodifiableList(results),
                Collections.unmodifiableList(events),
                applied,
                Collections.unmodifiableList(hashPoints));
    }

    /** Deletes what is due, all in one revision, before the entry's own command sees it. */
    private void expire() {
        List<ByteSequence> due = deadlines.due(clusterTimeMillis, MAX_EXPIRIES_PER_ENTRY);
        if (due.isEmpty()) {
            return;
        }
        revision++;
        List<WatchEvent> deletions = new ArrayList<>(due.size());
        for (ByteSequence key : due) {
            StoredValue before = current(key);
            if (before == null) {
                throw new IllegalStateException("a deadline outlived its key " + key);
            }
            deletions.add(remove(key, before));
        }
        events.add(new RevisionEvents(revision, Collections.unmodifiableList(deletions)));
    }

    private CommandResult execute(Command command) {
        if (command instanceof Command.Put put) {
            return set(put.key(), current(put.key()), put.value(), put.ttlMillis());
        }
        if (command instanceof Command.Delete delete) {
            return delete(delete.key());
        }
        if (command instanceof Command.CompareAndSet cas) {
            return compareAndSet(cas);
        }
        throw new IllegalStateException("no way to apply " + command.getClass());
    }

    private CommandResult delete(ByteSequence key) {
        StoredValue before = current(key);
        if (before == null) {
            return new CommandResult(revision, false, null);
        }
        revision++;
        events.add(new RevisionEvents(revision, List.of(remove(key, before))));
        return new CommandResult(revision, true, null);
    }

    private CommandResult compareAndSet(Command.CompareAndSet cas) {
        StoredValue before = current(cas.key());
        if (!matches(cas.expected(), before)) {
            return new CommandResult(revision, false, before == null ? null : before.toKeyValue(cas.key()));
        }
        return set(cas.key(), before, cas.value(), cas.ttlMillis());
    }

    private static boolean matches(Expectation expected, @Nullable StoredValue present) {
        if (expected instanceof Expectation.Absent) {
            return present == null;
        }
        if (expected instanceof Expectation.Value value) {
            return present != null && present.value().equals(value.value());
        }
        if (expected instanceof Expectation.ModRevision modRevision) {
            return present != null && present.modRevision() == modRevision.revision();
        }
        throw new IllegalStateException("no way to check " + expected.getClass());
    }

    private CommandResult set(ByteSequence key, @Nullable StoredValue before, ByteSequence value, long ttlMillis) {
        revision++;
        long createRevision = before == null ? revision : before.createRevision();
        long version = before == null ? 1 : before.version() + 1;
        StoredValue after = new StoredValue(value, createRevision, revision, version, deadline(ttlMillis));
        change(key, before, after);
        WatchEvent event = new WatchEvent(
                WatchEvent.Type.PUT, after.toKeyValue(key), before == null ? null : before.toKeyValue(key));
        events.add(new RevisionEvents(revision, List.of(event)));
        return new CommandResult(revision, true, null);
    }

    private WatchEvent remove(ByteSequence key, StoredValue before) {
        change(key, before, null);
        KeyValue gone = new KeyValue(key, ByteSequence.EMPTY, 0, revision, 0);
        return new WatchEvent(WatchEvent.Type.DELETE, gone, before.toKeyValue(key));
    }

    /** Returns the key as the entries so far left it. */
    private @Nullable StoredValue current(ByteSequence key) {
        TableChange change = changes.get(key);
        return change != null ? change.after() : tables.get(key);
    }

    /**
     * Takes the row out of the hash as the table returned it, not as it was written: where the two differ the hash parts
     * from that of the other replicas.
     */
    private void change(ByteSequence key, @Nullable StoredValue before, @Nullable StoredValue after) {
        stateHash +=
                (after == null ? 0 : rowHash.ofRow(key, after)) - (before == null ? 0 : rowHash.ofRow(key, before));
        long deadlineBefore = before == null ? 0 : before.deadlineMillis();
        TableChange earlier = changes.get(key);
        TableChange change = new TableChange(after, earlier == null ? deadlineBefore : earlier.deadlineBefore());
        changes.put(key, change);
        deadlines.replace(key, deadlineBefore, change.deadlineAfter());
    }

    /** A TTL beyond the end of time never ends. */
    private long deadline(long ttlMillis) {
        if (ttlMillis == 0) {
            return 0;
        }
        return ttlMillis > Long.MAX_VALUE - clusterTimeMillis ? Long.MAX_VALUE : clusterTimeMillis + ttlMillis;
    }
}
