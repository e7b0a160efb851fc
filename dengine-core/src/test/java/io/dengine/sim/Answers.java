package io.dengine.sim;

import io.dengine.api.ByteSequence;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.DeleteResult;
import io.dengine.api.GetResult;
import io.dengine.api.KeyValue;
import io.dengine.api.MultiGetResult;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.ScanRequest;
import io.dengine.api.ScanResult;
import io.dengine.api.WatchEvent;
import io.dengine.command.Command;
import io.dengine.command.CommandResult;
import io.dengine.raft.entry.EntryKind;
import io.dengine.sim.Faults.Kind;
import io.dengine.sim.Operation.Fate;
import io.dengine.statemachine.RevisionEvents;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Holds what clients are told against the ledger. Each answer names the revision it stands at, so that one pass in the order
 * of revisions decides strict serializability: no search is needed.
 */
final class Answers {

    private static final long MILLI = Swarm.MILLI;

    /** A key expires at most so much after its deadline while one leader stays. */
    private static final long MAX_LATE_NANOS = 100 * MILLI;

    private final Simulation simulation;
    private final Oracle oracle;
    private final Ledger ledger;

    /** Puts and compare-and-sets by their value, which is unique. */
    private final Map<ByteSequence, Operation> byValue = new TreeMap<>();
    /** Deletes carry nothing unique: for each key the number that may have reached the log, less those that did. */
    private final Map<ByteSequence, Integer> possibleDeletes = new TreeMap<>();
    /** Who was told that a revision is its own. */
    private final Map<Long, Operation> owners = new TreeMap<>();

    Answers(Simulation simulation, Oracle oracle) {
        this.simulation = simulation;
        this.oracle = oracle;
        this.ledger = oracle.ledger();
    }

    /** A write is about to be called. */
    void onCall(Operation operation, ByteSequence value) {
        if (operation.delete) {
            possibleDeletes.merge(operation.key, 1, Integer::sum);
        } else {
            byValue.put(value, operation);
        }
    }

    // ---- the log ----

    void onCommitted(long index, List<RevisionEvents> changes) {
        boolean isCommand = ledger.entry(index).kind() == EntryKind.COMMAND;
        CommandResult result = ledger.result(index);
        boolean changedByCommand = isCommand && result.effective();
        int expiries = changes.size() - (changedByCommand ? 1 : 0);
        for (RevisionEvents change : changes.subList(0, expiries)) {
            change.events().forEach(event -> onExpired(index, event));
        }
        if (!isCommand) {
            return;
        }
        Command command = ledger.command(index);
        if (command instanceof Command.Delete delete) {
            if (possibleDeletes.merge(delete.key(), -1, Integer::sum) < 0) {
                throw oracle.violation("more deletes of " + delete.key() + " are committed than were called", null);
            }
            return;
        }
        ByteSequence value =
                command instanceof Command.Put put ? put.value() : ((Command.CompareAndSet) command).value();
        Operation operation = byValue.get(value);
        if (operation == null) {
            throw oracle.violation("nobody called the committed " + command, null);
        }
        if (operation.index != 0) {
            throw oracle.violation(operation + " is committed again at " + index, null);
        }
        if (operation.fate == Fate.REFUSED) {
            throw oracle.violation(operation + " was refused and is committed at " + index, null);
        }
        operation.index = index;
    }

    private void onExpired(long index, WatchEvent event) {
        oracle.faults().count(Kind.EXPIRY);
        Operation operation = byValue.get(event.previous().value());
        long now = simulation.scheduler().now();
        double ttlNanos = (double) operation.ttlMillis * MILLI;
        double fastest = simulation.nodes().stream()
                .mapToDouble(node -> node.clock().rate())
                .max()
                .orElse(1);
        long stamped = oracle.createdNanos(index);
        if (stamped - operation.calledNanos < ttlNanos / fastest) {
            throw oracle.violation(
                    operation + " with a TTL of " + operation.ttlMillis + " ms expires "
                            + (stamped - operation.calledNanos) / 1e6 + " ms after its call",
                    null);
        }
        double slowest = simulation.nodes().stream()
                .mapToDouble(node -> node.clock().rate())
                .min()
                .orElse(1);
        boolean stable = operation.acknowledgedNanos != 0
                && operation.calledNanos > simulation.stableSince()
                && !simulation.swarm().isThrottled(); // the entry that expires it waits behind the load
        if (stable && now - operation.acknowledgedNanos > ttlNanos / slowest + MAX_LATE_NANOS) {
            throw oracle.violation(
                    operation + " with a TTL of " + operation.ttlMillis + " ms expires only "
                            + (now - operation.acknowledgedNanos) / 1e6 + " ms after its answer",
                    null);
        }
    }

    // ---- writes ----

    void put(Operation operation, PutResult answer) {
        acknowledged(operation);
        effective(operation, answer.revision());
    }

    void compareAndSet(Operation operation, CompareAndSetResult answer) {
        acknowledged(operation);
        if (answer.succeeded()) {
            effective(operation, answer.revision());
            return;
        }
        oracle.faults().count(Kind.CAS_MISMATCH);
        CommandResult result = resultOf(operation);
        boolean right = !result.effective()
                && result.revision() == answer.revision()
                && answer.revision() >= operation.calledRevision
                && Objects.equals(result.current(), answer.current());
        if (!right) {
            throw oracle.violation(operation + " is answered " + answer + ", the log says " + result, null);
        }
    }

    void delete(Operation operation, DeleteResult answer) {
        acknowledged(operation);
        boolean inTime = answer.revision() >= operation.calledRevision && answer.revision() <= ledger.revision();
        boolean right;
        if (answer.deleted()) {
            List<WatchEvent> events = inTime ? ledger.changes(answer.revision()).events() : List.of();
            right = events.size() == 1
                    && events.get(0).type() == WatchEvent.Type.DELETE
                    && events.get(0).key().equals(operation.key)
                    && answer.revision() > operation.calledRevision;
            own(operation, answer.revision());
        } else {
            right = inTime && ledger.at(operation.key, answer.revision()) == null;
        }
        if (!right) {
            throw oracle.violation(
                    operation + ", called at revision " + operation.calledRevision + ", is answered " + answer, null);
        }
    }

    private void effective(Operation operation, long revision) {
        CommandResult result = resultOf(operation);
        if (!result.effective() || result.revision() != revision || revision <= operation.calledRevision) {
            throw oracle.violation(
                    operation + ", called at revision " + operation.calledRevision + ", is answered revision "
                            + revision + ", the log says " + result,
                    null);
        }
        own(operation, revision);
    }

    private CommandResult resultOf(Operation operation) {
        if (operation.index == 0) {
            throw oracle.violation(operation + " is acknowledged and not committed", null);
        }
        return ledger.result(operation.index);
    }

    private void own(Operation operation, long revision) {
        Operation other = owners.putIfAbsent(revision, operation);
        if (other != null) {
            throw oracle.violation(operation + " and " + other + " both got revision " + revision, null);
        }
    }

    private void acknowledged(Operation operation) {
        oracle.faults().count(Kind.WRITE_ACKNOWLEDGED);
        operation.fate = Fate.ACKNOWLEDGED;
        operation.acknowledgedNanos = simulation.scheduler().now();
    }

    void refused(Operation operation, Throwable why) {
        oracle.faults().count(Kind.WRITE_REFUSED);
        operation.fate = Fate.REFUSED;
        if (operation.index != 0) {
            throw oracle.violation(operation + " is committed and refused: " + why, why);
        }
        if (operation.delete) {
            possibleDeletes.merge(operation.key, -1, Integer::sum);
            if (possibleDeletes.get(operation.key) < 0) {
                throw oracle.violation(operation + " is refused; more deletes are committed than the others", why);
            }
        }
        onUnanswered(operation, why);
    }

    void indeterminate(Operation operation, Throwable why) {
        oracle.faults().count(Kind.WRITE_INDETERMINATE);
        operation.fate = Fate.INDETERMINATE;
        onUnanswered(operation, why);
    }

    private void onUnanswered(Operation operation, Throwable why) {
        if (operation.calledNanos > simulation.stableSince()
                && !simulation.swarm().isThrottled()) {
            throw oracle.violation(operation + " fails in a healthy cluster: " + why, why);
        }
    }

    // ---- reads ----

    void get(ByteSequence key, ReadConsistency consistency, long calledRevision, GetResult answer) {
        inTime(consistency, calledRevision, answer.revision());
        same(answer.entry(), key, answer.revision());
    }

    void getAll(List<ByteSequence> keys, ReadConsistency consistency, long calledRevision, MultiGetResult answer) {
        inTime(consistency, calledRevision, answer.revision());
        for (ByteSequence key : keys) {
            same(answer.entries().get(key), key, answer.revision());
        }
    }

    void scan(ScanRequest request, ReadConsistency consistency, long calledRevision, ScanResult answer) {
        inTime(consistency, calledRevision, answer.revision());
        int limit = request.limit();
        List<KeyValue> expected = ledger.under(request.prefix(), answer.revision()).stream()
                .filter(entry -> request.after() == null || entry.key().compareTo(request.after()) > 0)
                .toList();
        boolean right = answer.entries().equals(expected.subList(0, Math.min(limit, expected.size())))
                && answer.more() == expected.size() > limit;
        if (!right) {
            throw oracle.violation(request + " gives " + answer + ", the twin " + expected, null);
        }
    }

    void readRefused(long calledNanos, SimNode through, Throwable why) {
        oracle.faults().count(Kind.READ_REFUSED);
        if (calledNanos > simulation.stableSince()
                && simulation.wasWhole(through)
                && !simulation.swarm().isThrottled()) {
            throw oracle.violation("a read fails in a healthy cluster: " + why, why);
        }
    }

    private void inTime(ReadConsistency consistency, long calledRevision, long revision) {
        oracle.faults().count(Kind.READ_ANSWERED);
        // A clock outside the bound weakens what relies on it, and nothing else.
        boolean weak = consistency == ReadConsistency.LOCAL
                || (consistency == ReadConsistency.LEASE && simulation.hasWildClock());
        boolean fresh = weak || revision >= calledRevision;
        if (!fresh || revision > ledger.revision()) {
            throw oracle.violation(
                    "a " + consistency + " read called at revision " + calledRevision + " is answered at " + revision
                            + ", the newest is " + ledger.revision(),
                    null);
        }
    }

    private void same(KeyValue answer, ByteSequence key, long revision) {
        KeyValue expected = ledger.at(key, revision);
        if (!Objects.equals(answer, expected)) {
            throw oracle.violation(
                    "a read of " + key + " at revision " + revision + " gives " + answer + ", the twin " + expected,
                    null);
        }
    }
}
