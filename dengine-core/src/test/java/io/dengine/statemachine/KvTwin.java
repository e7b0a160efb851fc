package io.dengine.statemachine;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import io.dengine.api.WatchEvent;
import io.dengine.command.Command;
import io.dengine.command.CommandResult;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.membership.Membership;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The store as its specification reads, one entry at a time and without an index. */
public final class KvTwin {

    static final int HASH_INTERVAL = 7;

    final TreeMap<ByteSequence, StoredValue> table = new TreeMap<>();
    final List<ApplyResult> results = new ArrayList<>();
    final List<RevisionEvents> events = new ArrayList<>();
    AppliedState applied = AppliedState.EMPTY;
    final List<StateMachine.HashPoint> hashPoints = new ArrayList<>();
    private long revision = 1;

    public List<ApplyResult> results() {
        return results;
    }

    public List<RevisionEvents> events() {
        return events;
    }

    public AppliedState applied() {
        return applied;
    }

    public void apply(Entry entry, @Nullable Command command) {
        apply(entry, command, applied.membership());
    }

    public void apply(Entry entry, Membership membership) {
        apply(entry, null, membership);
    }

    private void apply(Entry entry, @Nullable Command command, Membership membership) {
        List<ByteSequence> due = table.entrySet().stream()
                .filter(row -> row.getValue().deadlineMillis() != 0
                        && row.getValue().deadlineMillis() < entry.clusterTimeMillis())
                .sorted(Comparator.comparing((Map.Entry<ByteSequence, StoredValue> row) ->
                                row.getValue().deadlineMillis())
                        .thenComparing(Map.Entry::getKey))
                .map(Map.Entry::getKey)
                .toList();
        if (!due.isEmpty()) {
            revision++;
            events.add(
                    new RevisionEvents(revision, due.stream().map(this::delete).toList()));
        }
        results.add(new ApplyResult(entry.id(), command == null ? null : execute(command, entry.clusterTimeMillis())));
        applied = new AppliedState(
                entry.index(), entry.term(), revision, entry.clusterTimeMillis(), hashOf(table), membership);
        if (entry.index() % HASH_INTERVAL == 0) {
            hashPoints.add(new StateMachine.HashPoint(entry.index(), applied.stateHash()));
        }
    }

    /** The hash as its definition reads. */
    static long hashOf(Map<ByteSequence, StoredValue> rows) {
        long sum = 0;
        for (Map.Entry<ByteSequence, StoredValue> row : rows.entrySet()) {
            byte[] key = row.getKey().array();
            StoredValue stored = row.getValue();
            byte[] value = stored.value().array();
            CRC32C crc = new CRC32C();
            crc.update(ByteBuffer.allocate(40 + key.length + value.length)
                    .putInt(key.length)
                    .putInt(value.length)
                    .putLong(stored.createRevision())
                    .putLong(stored.modRevision())
                    .putLong(stored.version())
                    .putLong(stored.deadlineMillis())
                    .put(key)
                    .put(value)
                    .flip());
            // Its first number is the mix of the seed plus the golden ratio.
            sum += new SplittableRandom(crc.getValue()).nextLong();
        }
        return sum;
    }

    private CommandResult execute(Command command, long now) {
        StoredValue present = table.get(command.key());
        if (command instanceof Command.Put put) {
            return set(put.key(), put.value(), put.ttlMillis(), now);
        }
        if (command instanceof Command.CompareAndSet cas) {
            boolean matches;
            if (cas.expected() instanceof Expectation.Value value) {
                matches = present != null && present.value().equals(value.value());
            } else if (cas.expected() instanceof Expectation.ModRevision modRevision) {
                matches = present != null && present.modRevision() == modRevision.revision();
            } else {
                matches = present == null;
            }
            if (matches) {
                return set(cas.key(), cas.value(), cas.ttlMillis(), now);
            }
            return new CommandResult(revision, false, present == null ? null : present.toKeyValue(cas.key()));
        }
        if (present == null) {
            return new CommandResult(revision, false, null);
        }
        revision++;
        events.add(new RevisionEvents(revision, List.of(delete(command.key()))));
        return new CommandResult(revision, true, null);
    }

    private CommandResult set(ByteSequence key, ByteSequence value, long ttlMillis, long now) {
        StoredValue before = table.get(key);
        revision++;
        StoredValue after = before == null
                ? new StoredValue(value, revision, revision, 1, ttlMillis == 0 ? 0 : now + ttlMillis)
                : new StoredValue(
                        value,
                        before.createRevision(),
                        revision,
                        before.version() + 1,
                        ttlMillis == 0 ? 0 : now + ttlMillis);
        table.put(key, after);
        events.add(new RevisionEvents(
                revision,
                List.of(new WatchEvent(
                        WatchEvent.Type.PUT, after.toKeyValue(key), before == null ? null : before.toKeyValue(key)))));
        return new CommandResult(revision, true, null);
    }

    private WatchEvent delete(ByteSequence key) {
        KeyValue previous = table.remove(key).toKeyValue(key);
        return new WatchEvent(WatchEvent.Type.DELETE, new KeyValue(key, ByteSequence.EMPTY, 0, revision, 0), previous);
    }
}
