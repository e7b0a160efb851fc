package io.dengine.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import io.dengine.api.WatchEvent;
import io.dengine.command.Command;
import io.dengine.command.CommandCodec;
import io.dengine.command.CommandResult;
import io.dengine.command.MalformedCommandException;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipCodec;
import io.dengine.raft.membership.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the state machine does over any table store. */
public abstract class KvStateMachineContract {

    private static final ByteSequence A = ByteSequence.of("a");
    private static final ByteSequence B = ByteSequence.of("b");
    private static final ByteSequence C = ByteSequence.of("c");
    private static final ByteSequence X = ByteSequence.of("x");
    private static final ByteSequence Y = ByteSequence.of("y");

    private TableStore store;
    private KvStateMachine machine;
    private long nextIndex = 1;
    private long now;

    /** Opens an empty store. */
    protected abstract TableStore openEmpty();

    /** Crashes a store and opens what is left of it. */
    protected abstract TableStore crashAndReopen(TableStore store);

    /** How many random histories to try. */
    protected abstract int histories();

    @BeforeEach
    void start() {
        store = openEmpty();
        machine = new KvStateMachine(store);
    }

    @AfterEach
    void stop() {
        machine.close();
    }

    // Revisions and versions

    @Test
    void emptyStoreHasRevision1() {
        assertThat(machine.applied()).isEqualTo(new AppliedState(0, 0, 1, 0));
        assertThat(machine.nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
        assertThat(machine.apply(List.of()))
                .isEqualTo(new StateMachine.Outcome(List.of(), List.of(), AppliedState.EMPTY, List.of()));
    }

    @Test
    void putCountsRevisionsAndVersions() {
        assertThat(apply(put(A, X, 0))).isEqualTo(new CommandResult(2, true, null));
        assertThat(apply(put(B, X, 0))).isEqualTo(new CommandResult(3, true, null));
        assertThat(apply(put(A, X, 0))).isEqualTo(new CommandResult(4, true, null));

        assertThat(get(A)).isEqualTo(new KeyValue(A, X, 2, 4, 2));
        assertThat(get(B)).isEqualTo(new KeyValue(B, X, 3, 3, 1));
    }

    @Test
    void deleteOfAMissingKeyMovesNothing() {
        assertThat(apply(delete(A))).isEqualTo(new CommandResult(1, false, null));
        assertThat(machine.applied()).isEqualTo(new AppliedState(1, 1, 1, 0));
    }

    @Test
    void keyThatComesBackStartsAtVersion1() {
        apply(put(A, X, 0));
        apply(put(A, Y, 0));
        assertThat(apply(delete(A))).isEqualTo(new CommandResult(4, true, null));
        assertThat(get(A)).isNull();

        apply(put(A, X, 0));

        assertThat(get(A)).isEqualTo(new KeyValue(A, X, 5, 5, 1));
    }

    @Test
    void eventsCarryThePreviousValue() {
        StateMachine.Outcome outcome = machine.apply(entries(put(A, X, 0), put(A, Y, 0), delete(B), delete(A)));

        KeyValue first = new KeyValue(A, X, 2, 2, 1);
        KeyValue second = new KeyValue(A, Y, 2, 3, 2);
        KeyValue gone = new KeyValue(A, ByteSequence.EMPTY, 0, 4, 0);
        assertThat(outcome.events())
                .containsExactly(
                        event(2, WatchEvent.Type.PUT, first, null),
                        event(3, WatchEvent.Type.PUT, second, first),
                        event(4, WatchEvent.Type.DELETE, gone, second));
    }

    @Test
    void emptyEntryHasNoResultAndMovesIndexTermAndTime() {
        StateMachine.Outcome outcome = machine.apply(List.of(new Entry(3, 1, 70, EntryKind.EMPTY, new byte[0])));

        assertThat(outcome.results()).hasSize(1).allMatch(answer -> answer.result() == null);
        assertThat(outcome.applied()).isEqualTo(new AppliedState(1, 3, 1, 70));
        assertThat(machine.applied()).isEqualTo(outcome.applied());
        try (TableStore.View view = machine.view()) {
            assertThat(view.applied()).isEqualTo(outcome.applied());
        }
    }

    // Compare-and-set

    @Test
    void casOnAbsentCreatesOnce() {
        assertThat(apply(cas(A, Expectation.absent(), X))).isEqualTo(new CommandResult(2, true, null));
        assertThat(apply(cas(A, Expectation.absent(), Y)))
                .isEqualTo(new CommandResult(2, false, new KeyValue(A, X, 2, 2, 1)));
        assertThat(get(A)).isEqualTo(new KeyValue(A, X, 2, 2, 1));
    }

    @Test
    void casByValueNeedsTheKeyToExistWithIt() {
        assertThat(apply(cas(A, Expectation.value(X), Y))).isEqualTo(new CommandResult(1, false, null));
        assertThat(apply(cas(A, Expectation.value(ByteSequence.EMPTY), Y)))
                .isEqualTo(new CommandResult(1, false, null));
        apply(put(A, X, 0));
        assertThat(apply(cas(A, Expectation.value(Y), Y)))
                .isEqualTo(new CommandResult(2, false, new KeyValue(A, X, 2, 2, 1)));
        assertThat(apply(cas(A, Expectation.value(X), Y))).isEqualTo(new CommandResult(3, true, null));
        assertThat(get(A)).isEqualTo(new KeyValue(A, Y, 2, 3, 2));
    }

    @Test
    void casByModRevisionSeesAChangeThatPutTheSameValueBack() {
        apply(put(A, X, 0));
        apply(put(A, X, 0));

        assertThat(apply(cas(A, Expectation.modRevision(2), Y)))
                .isEqualTo(new CommandResult(3, false, new KeyValue(A, X, 2, 3, 2)));
        assertThat(apply(cas(A, Expectation.modRevision(3), Y))).isEqualTo(new CommandResult(4, true, null));
        assertThat(apply(cas(B, Expectation.modRevision(3), Y))).isEqualTo(new CommandResult(4, false, null));
    }

    @Test
    void commandsOfOneBatchSeeTheEarlierOnes() {
        StateMachine.Outcome outcome = machine.apply(entries(
                cas(A, Expectation.absent(), X),
                cas(A, Expectation.absent(), Y),
                cas(A, Expectation.value(X), Y),
                cas(A, Expectation.modRevision(3), X),
                delete(A),
                delete(A),
                cas(A, Expectation.absent(), Y)));

        assertThat(outcome.results())
                .extracting(answer -> answer.result().effective())
                .containsExactly(true, false, true, true, true, false, true);
        assertThat(get(A)).isEqualTo(new KeyValue(A, Y, 6, 6, 1));
    }

    // TTL

    @Test
    void keyLivesAtItsDeadlineAndNotAfter() {
        now = 1_000;
        apply(put(A, X, 50));
        assertThat(machine.nextDeadlineMillis()).isEqualTo(1_050);

        now = 1_050;
        assertThat(applyEmpty().events()).isEmpty();
        assertThat(get(A)).isNotNull();

        now = 1_051;
        assertThat(applyEmpty().events())
                .containsExactly(event(
                        3,
                        WatchEvent.Type.DELETE,
                        new KeyValue(A, ByteSequence.EMPTY, 0, 3, 0),
                        new KeyValue(A, X, 2, 2, 1)));
        assertThat(get(A)).isNull();
        assertThat(machine.nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void keysDueAtOneStampGoInOneRevisionByDeadlineThenKey() {
        machine.apply(entries(put(B, X, 20), put(A, X, 20), put(C, X, 10), put(X, X, 90)));
        now = 30;

        StateMachine.Outcome outcome = applyEmpty();

        assertThat(outcome.events()).hasSize(1);
        assertThat(outcome.events().get(0).revision()).isEqualTo(6);
        assertThat(outcome.events().get(0).events()).extracting(WatchEvent::key).containsExactly(C, A, B);
        assertThat(outcome.events().get(0).events()).allMatch(event -> event.revision() == 6);
        assertThat(machine.nextDeadlineMillis()).isEqualTo(90);
    }

    @Test
    void entrySeesTheKeysItsOwnStampExpired() {
        apply(put(A, X, 10));
        now = 11;

        StateMachine.Outcome outcome = machine.apply(entries(cas(A, Expectation.absent(), Y)));

        assertThat(outcome.results().get(0).result()).isEqualTo(new CommandResult(4, true, null));
        assertThat(outcome.events()).extracting(RevisionEvents::revision).containsExactly(3L, 4L);
        assertThat(get(A)).isEqualTo(new KeyValue(A, Y, 4, 4, 1));
    }

    @Test
    void keySetAndExpiredWithinOneBatchIsGone() {
        List<Entry> batch = new ArrayList<>(entries(put(A, X, 10)));
        now = 11;
        batch.add(empty());

        StateMachine.Outcome outcome = machine.apply(batch);

        assertThat(outcome.events())
                .extracting(event -> event.events().get(0).type())
                .containsExactly(WatchEvent.Type.PUT, WatchEvent.Type.DELETE);
        assertThat(get(A)).isNull();
        assertThat(deadlinesInStore()).isEmpty();
    }

    @Test
    void plainPutClearsTheTtl() {
        apply(put(A, X, 10));
        apply(put(A, Y, 0));
        assertNeverExpires();
    }

    @Test
    void plainCasClearsTheTtl() {
        apply(put(A, X, 10));
        apply(cas(A, Expectation.value(X), Y));
        assertNeverExpires();
    }

    @Test
    void casThatDoesNotMatchLeavesTheTtl() {
        apply(put(A, X, 10));
        apply(cas(A, Expectation.value(Y), Y));

        assertThat(machine.nextDeadlineMillis()).isEqualTo(10);
    }

    @Test
    void deleteClearsTheTtlForAKeyThatComesBack() {
        apply(put(A, X, 10));
        apply(delete(A));
        apply(put(A, Y, 0));
        assertNeverExpires();
    }

    @Test
    void overwritingStartsTheTtlAgain() {
        apply(put(A, X, 10));
        now = 8;
        apply(put(A, X, 10));
        now = 11;
        applyEmpty();
        assertThat(get(A)).isNotNull();
        now = 19;
        applyEmpty();
        assertThat(get(A)).isNull();
    }

    @Test
    void ttlBeyondTheEndOfTimeNeverEnds() {
        now = 5;
        apply(put(A, X, Long.MAX_VALUE));
        now = Long.MAX_VALUE;
        applyEmpty();

        assertThat(get(A)).isNotNull();
    }

    @Test
    void oneEntryExpiresAtMostItsBound() {
        List<Command> puts = new ArrayList<>();
        for (int i = 0; i < ApplyBatch.MAX_EXPIRIES_PER_ENTRY + 5; i++) {
            puts.add(put(ByteSequence.of("k" + i), X, 10));
        }
        machine.apply(entries(puts.toArray(Command[]::new)));
        now = 20;

        StateMachine.Outcome first = applyEmpty();
        assertThat(first.events()).hasSize(1);
        assertThat(first.events().get(0).events()).hasSize(ApplyBatch.MAX_EXPIRIES_PER_ENTRY);
        assertThat(machine.nextDeadlineMillis()).isEqualTo(10);

        StateMachine.Outcome second = applyEmpty();
        assertThat(second.events()).hasSize(1);
        assertThat(second.events().get(0).events()).hasSize(5);
        assertThat(machine.nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
        assertThat(deadlinesInStore()).isEmpty();
    }

    // Failing closed

    @Test
    void entriesThatDoNotFollowAreABrokenInvariant() {
        apply(put(A, X, 0));
        now = 10;
        applyEmpty();

        assertStops(new Entry(1, 4, 10, EntryKind.EMPTY, new byte[0]), IllegalStateException.class);
    }

    @Test
    void entryAppliedBeforeIsABrokenInvariant() {
        apply(put(A, X, 0));

        assertStops(new Entry(1, 1, 0, EntryKind.EMPTY, new byte[0]), IllegalStateException.class);
    }

    @Test
    void clusterTimeThatGoesBackIsABrokenInvariant() {
        now = 10;
        apply(put(A, X, 0));

        assertStops(new Entry(1, 2, 9, EntryKind.EMPTY, new byte[0]), IllegalStateException.class);
    }

    @Test
    void unknownCommandStopsTheMachineBeforeAnythingOfItsBatchIsApplied() {
        apply(put(A, X, 0));
        AppliedState before = machine.applied();
        List<Entry> batch = new ArrayList<>(entries(put(A, Y, 0)));
        batch.add(new Entry(1, nextIndex, now, EntryKind.COMMAND, new byte[] {99}));

        assertThatThrownBy(() -> machine.apply(batch)).isInstanceOf(MalformedCommandException.class);

        assertThat(machine.applied()).isEqualTo(before);
        assertThat(store.applied()).isEqualTo(before);
        assertThat(get(A)).isEqualTo(new KeyValue(A, X, 2, 2, 1));
        assertThatThrownBy(() -> machine.apply(batch.subList(0, 1))).isInstanceOf(IllegalStateException.class);
    }

    // Random histories

    /** However the entries are cut into batches and wherever the node crashes, all is as the twin says. */
    @Test
    void anyCutOfTheLogAndAnyCrashGiveTheSameStateAnswersAndEvents() {
        for (int seed = 0; seed < histories(); seed++) {
            History history = new History(seed, 150);
            checkHistory(history, seed, 0);
            checkHistory(history, ~seed, 2);
        }
    }

    private void checkHistory(History history, long seed, int crashes) {
        RandomGenerator random = new SplittableRandom(seed);
        TableStore table = openEmpty();
        KvStateMachine replica = new KvStateMachine(table, KvTwin.HASH_INTERVAL);
        List<StateMachine.HashPoint> hashPoints = new ArrayList<>();
        List<ApplyResult> results = new ArrayList<>();
        List<RevisionEvents> events = new ArrayList<>();
        int crashesLeft = crashes;
        int done = 0;
        while (done < history.entries.size()) {
            int size = Math.min(1 + random.nextInt(12), history.entries.size() - done);
            StateMachine.Outcome outcome = replica.apply(history.entries.subList(done, done + size));
            results.addAll(outcome.results());
            events.addAll(outcome.events());
            hashPoints.addAll(outcome.hashPoints());
            done += size;
            assertThat(outcome.applied()).isEqualTo(replica.applied());
            if (crashesLeft > 0 && random.nextInt(6) == 0) {
                crashesLeft--;
                if (random.nextBoolean()) {
                    assertThat(replica.flush()).isEqualTo(done);
                }
                long durable = replica.durableIndex();
                table = crashAndReopen(table);
                replica = new KvStateMachine(table, KvTwin.HASH_INTERVAL);
                assertThat(replica.applied().index()).isEqualTo(durable);
                done = (int) durable;
                results.subList(done, results.size()).clear();
                long revision = replica.applied().revision();
                events.removeIf(event -> event.revision() > revision);
                hashPoints.removeIf(point -> point.index() > durable);
            }
        }
        assertThat(results).as("seed %d", seed).isEqualTo(history.twin.results);
        assertThat(events).as("seed %d", seed).isEqualTo(history.twin.events);
        assertThat(replica.applied()).isEqualTo(history.twin.applied);
        assertThat(hashPoints).isEqualTo(history.twin.hashPoints).isNotEmpty();
        assertThat(replica.verify()).isTrue();
        try (TableStore.View view = replica.view()) {
            assertThat(TableTwin.scan(view, ByteSequence.EMPTY, null))
                    .isEqualTo(List.copyOf(history.twin.table.entrySet()));
        }
        replica.close();
    }

    /** Random commands on few keys, with time running so that many of them expire. */
    private static final class History {

        final List<Entry> entries = new ArrayList<>();
        final KvTwin twin = new KvTwin();

        History(long seed, int size) {
            RandomGenerator random = new SplittableRandom(seed);
            long time = 0;
            long term = 1;
            for (int index = 1; index <= size; index++) {
                time += random.nextInt(3) == 0 ? random.nextInt(12) : 0;
                term += random.nextInt(30) == 0 ? 1 : 0;
                if (random.nextInt(15) == 0) {
                    Membership membership = Membership.ofVoters(Set.of(NodeId.of(1 + random.nextInt(9))));
                    byte[] payload = MembershipCodec.encode(membership);
                    entries.add(new Entry(term, index, time, EntryKind.MEMBERSHIP, payload));
                    twin.apply(entries.get(index - 1), membership);
                    continue;
                }
                Command command = random.nextInt(6) == 0 ? null : randomCommand(random);
                Entry entry = command == null
                        ? new Entry(term, index, time, EntryKind.EMPTY, new byte[0])
                        : new Entry(term, index, time, EntryKind.COMMAND, CommandCodec.encode(command));
                entries.add(entry);
                twin.apply(entry, command);
            }
        }

        private static Command randomCommand(RandomGenerator random) {
            ByteSequence key = ByteSequence.of("k" + random.nextInt(5));
            ByteSequence value = ByteSequence.of("v" + random.nextInt(3));
            long ttlMillis = random.nextBoolean() ? 0 : 1L + random.nextInt(20);
            return switch (random.nextInt(5)) {
                case 0 -> new Command.Delete(key);
                case 1 -> new Command.CompareAndSet(key, Expectation.absent(), value, ttlMillis);
                case 2 ->
                    new Command.CompareAndSet(
                            key, Expectation.value(ByteSequence.of("v" + random.nextInt(3))), value, ttlMillis);
                case 3 ->
                    new Command.CompareAndSet(key, Expectation.modRevision(random.nextInt(100)), value, ttlMillis);
                default -> new Command.Put(key, value, ttlMillis);
            };
        }
    }

    // Words of the tests above

    private CommandResult apply(Command command) {
        return machine.apply(entries(command)).results().get(0).result();
    }

    private StateMachine.Outcome applyEmpty() {
        return machine.apply(List.of(empty()));
    }

    private Entry empty() {
        return new Entry(1, nextIndex++, now, EntryKind.EMPTY, new byte[0]);
    }

    private List<Entry> entries(Command... commands) {
        List<Entry> entries = new ArrayList<>();
        for (Command command : commands) {
            entries.add(new Entry(1, nextIndex++, now, EntryKind.COMMAND, CommandCodec.encode(command)));
        }
        return entries;
    }

    private KeyValue get(ByteSequence key) {
        try (TableStore.View view = machine.view()) {
            StoredValue value = view.get(key);
            return value == null ? null : value.toKeyValue(key);
        }
    }

    private void assertNeverExpires() {
        now = 1_000_000;
        assertThat(machine.nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
        assertThat(applyEmpty().events()).isEmpty();
        assertThat(get(A).value()).isEqualTo(Y);
        assertThat(deadlinesInStore()).isEmpty();
    }

    private Map<ByteSequence, Long> deadlinesInStore() {
        Map<ByteSequence, Long> deadlines = new TreeMap<>();
        store.forEachDeadline(deadlines::put);
        return deadlines;
    }

    private void assertStops(Entry entry, Class<? extends Exception> failure) {
        assertThatThrownBy(() -> machine.apply(List.of(entry))).isInstanceOf(failure);
        assertThatThrownBy(this::applyEmpty).isInstanceOf(IllegalStateException.class);
    }

    private static RevisionEvents event(long revision, WatchEvent.Type type, KeyValue entry, KeyValue previous) {
        return new RevisionEvents(revision, List.of(new WatchEvent(type, entry, previous)));
    }

    private static Command put(ByteSequence key, ByteSequence value, long ttlMillis) {
        return new Command.Put(key, value, ttlMillis);
    }

    private static Command delete(ByteSequence key) {
        return new Command.Delete(key);
    }

    private static Command cas(ByteSequence key, Expectation expected, ByteSequence value) {
        return new Command.CompareAndSet(key, expected, value, 0);
    }
}
