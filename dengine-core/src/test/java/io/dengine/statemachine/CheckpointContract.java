package io.dengine.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.api.RefusedException;
import io.dengine.command.Command;
import io.dengine.command.CommandCodec;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipCodec;
import io.dengine.raft.membership.NodeId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a state machine owes its replicas over any table store: a hash to compare, and a state to pass on. */
public abstract class CheckpointContract {

    private TableStore store;
    private KvStateMachine machine;
    private long nextIndex = 1;
    private long now;

    /** Opens the store in a directory, which may be new. */
    protected abstract TableStore open(Path directory);

    /** Returns where a directory of this name is, or can be. */
    protected abstract Path directory(String name);

    @BeforeEach
    void start() {
        store = open(directory("first"));
        machine = new KvStateMachine(store, 10);
    }

    @AfterEach
    void stop() {
        machine.close();
    }

    // Checkpoints

    @Test
    void checkpointHoldsTheTableOfItsMoment() {
        TableTwin written = new TableTwin(21, 300, 30);
        TableTwin kept = new TableTwin(21, 300, 30);
        try (TableStore source = open(directory("source"))) {
            for (int i = 0; i < 200; i++) {
                written.next(source);
                kept.next(null);
            }
            source.checkpoint(directory("checkpoint"));
            for (int i = 0; i < 50; i++) {
                written.next(source);
            }
            source.flush();
            written.assertSameAs(source);
        }

        try (TableStore copy = open(directory("checkpoint"))) {
            kept.assertSameAs(copy);
            assertThat(copy.durableIndex()).isEqualTo(200);
            for (int i = 0; i < 50; i++) {
                kept.next(copy);
            }
            kept.assertSameAs(copy);
        }
    }

    @Test
    void emptyTableHasACheckpointToo() {
        store.checkpoint(directory("checkpoint"));

        try (TableStore copy = open(directory("checkpoint"))) {
            assertThat(copy.applied()).isEqualTo(AppliedState.EMPTY);
        }
    }

    @Test
    void checkpointTellsWhatIsInIt() {
        apply(new Command.Put(key(1), key(2), 0));

        assertThat(machine.checkpoint(directory("checkpoint"))).isEqualTo(machine.applied());

        try (TableStore copy = open(directory("checkpoint"))) {
            assertThat(copy.applied()).isEqualTo(machine.applied());
            assertThat(StateHash.matches(copy)).isTrue();
            assertThat(copy.kind()).isEqualTo(store.kind());
        }
    }

    // The hash

    @Test
    void emptyTableHasHash0AgainOnceAllIsDeleted() {
        assertThat(machine.applied().stateHash()).isZero();
        apply(new Command.Put(key(1), key(1), 0));
        assertThat(machine.applied().stateHash()).isNotZero();
        apply(new Command.Delete(key(1)));
        assertThat(machine.applied().stateHash()).isZero();
    }

    @Test
    void anyOneRowThatIsNotAsItWasWrittenShows() {
        RandomGenerator random = new SplittableRandom(5);
        for (int i = 0; i < 40; i++) {
            apply(new Command.Put(key(i), key(random.nextInt(1000)), random.nextBoolean() ? 0 : 1000));
        }
        assertThat(machine.verify()).isTrue();
        for (int i = 0; i < 300; i++) {
            ByteSequence key = key(random.nextInt(42)); // two of them absent
            StoredValue row = store.get(key);
            StoredValue damaged = row == null ? new StoredValue(key, 1, 1, 1, 0) : damaged(row, random);
            overwrite(key, damaged);
            assertThat(machine.verify()).as("%s instead of %s", damaged, row).isFalse();
            overwrite(key, row);
            assertThat(machine.verify()).isTrue();
        }
    }

    private static StoredValue damaged(StoredValue row, RandomGenerator random) {
        byte[] value = row.value().toByteArray();
        value[random.nextInt(value.length)] ^= (byte) (1 << random.nextInt(8));
        long bit = 1L << random.nextInt(62);
        return switch (random.nextInt(6)) {
            case 0 -> null;
            case 1 ->
                new StoredValue(
                        row.value(),
                        row.createRevision() ^ bit,
                        row.modRevision(),
                        row.version(),
                        row.deadlineMillis());
            case 2 ->
                new StoredValue(
                        row.value(),
                        row.createRevision(),
                        row.modRevision() ^ bit,
                        row.version(),
                        row.deadlineMillis());
            case 3 ->
                new StoredValue(
                        row.value(),
                        row.createRevision(),
                        row.modRevision(),
                        row.version() ^ bit,
                        row.deadlineMillis());
            case 4 ->
                new StoredValue(
                        row.value(),
                        row.createRevision(),
                        row.modRevision(),
                        row.version(),
                        row.deadlineMillis() ^ bit);
            default ->
                new StoredValue(
                        ByteSequence.wrap(value),
                        row.createRevision(),
                        row.modRevision(),
                        row.version(),
                        row.deadlineMillis());
        };
    }

    @Test
    void whereTheKeyEndsAndTheValueBeginsCounts() {
        StateHash hash = new StateHash();

        assertThat(hash.ofRow(ByteSequence.of("ab"), new StoredValue(ByteSequence.of("c"), 1, 1, 1, 0)))
                .isNotEqualTo(hash.ofRow(ByteSequence.of("a"), new StoredValue(ByteSequence.of("bc"), 1, 1, 1, 0)));
    }

    @Test
    void rowThatRottedPartsTheHashForGoodWhenItIsOverwritten() {
        apply(new Command.Put(key(1), key(1), 0));
        overwrite(key(1), new StoredValue(key(2), 2, 2, 1, 0));

        apply(new Command.Put(key(1), key(3), 0));

        assertThat(store.get(key(1))).isEqualTo(new StoredValue(key(3), 2, 3, 2, 0));
        assertThat(machine.applied().stateHash()).isNotEqualTo(KvTwin.hashOf(Map.of(key(1), store.get(key(1)))));
        assertThat(machine.verify()).isFalse();
    }

    /** Changes the table behind the state machine's back. */
    private void overwrite(ByteSequence key, StoredValue row) {
        StoredValue before = store.get(key);
        store.apply(Map.of(key, new TableChange(row, before == null ? 0 : before.deadlineMillis())), store.applied());
    }

    // Replacement

    @Test
    void viewOpenedBeforeFinishesOnTheOldState() {
        apply(new Command.Put(key(1), key(1), 0), new Command.Put(key(2), key(2), 0));
        TableStore next = copyWith(new Command.Put(key(3), key(3), 0), new Command.Delete(key(1)));
        TableStore.View old = machine.view();
        List<ByteSequence> seen = new ArrayList<>();
        assertThat(machine.holdsReplaced()).isFalse();

        old.scan(ByteSequence.EMPTY, null, (key, row) -> {
            if (seen.isEmpty()) {
                machine.replace(next);
            }
            return seen.add(key);
        });

        assertThat(seen).containsExactly(key(1), key(2));
        assertThat(old.get(key(1))).isNotNull();
        assertThat(old.applied().index()).isEqualTo(2);
        assertThat(machine.applied()).isEqualTo(next.applied());
        try (TableStore.View view = machine.view()) {
            assertThat(view.applied()).isEqualTo(next.applied());
            assertThat(view.get(key(1))).isNull();
            assertThat(view.get(key(3))).isNotNull();
        }
        assertThat(machine.holdsReplaced()).isTrue();
        old.close();
        old.close();
        assertThat(machine.holdsReplaced()).isFalse();
        assertThatThrownBy(() -> store.get(key(1))).isInstanceOf(RefusedException.class);
        assertThat(machine.verify()).isTrue();
    }

    @Test
    void deadlinesComeWithTheNewState() {
        apply(new Command.Put(key(1), key(1), 5));
        TableStore next = copyWith(new Command.Put(key(1), key(1), 0), new Command.Put(key(2), key(2), 70));

        machine.replace(next);

        assertThat(machine.nextDeadlineMillis()).isEqualTo(70);
        nextIndex = machine.applied().index() + 1;
        now = 71;
        StateMachine.Outcome outcome = machine.apply(List.of(entry(null)));
        assertThat(outcome.events()).hasSize(1);
        assertThat(outcome.events().get(0).events())
                .extracting(event -> event.key())
                .containsExactly(key(2));
    }

    @Test
    void stateThatWouldTakeEntriesBackIsNotTaken() {
        apply(new Command.Put(key(1), key(1), 0));
        TableStore empty = open(directory("empty"));

        assertThatThrownBy(() -> machine.replace(empty)).isInstanceOf(IllegalStateException.class);

        assertThatThrownBy(() -> empty.get(key(1))).isInstanceOf(RefusedException.class);
        assertThat(machine.applied().index()).isEqualTo(1);
        assertThat(machine.verify()).isTrue();
    }

    @Test
    void closeAlsoEndsTheViewsOfReplacedStores() {
        apply(new Command.Put(key(1), key(1), 0));
        TableStore.View old = machine.view();
        machine.replace(copyWith(new Command.Delete(key(1))));

        machine.close();

        assertThatThrownBy(() -> old.get(key(1))).isInstanceOf(RefusedException.class);
        assertThatThrownBy(machine::view).isInstanceOf(RefusedException.class);
        old.close();
        assertThat(machine.holdsReplaced()).isFalse();
        machine.close();
    }

    @Test
    void readersOfOtherThreadsSeeWholeStatesThatNeverGoBack() throws Exception {
        apply(new Command.Put(key(0), key(0), 0));
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService readers = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> reading = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                reading.add(readers.submit(() -> {
                    long last = 0;
                    while (!stop.get()) {
                        long least = machine.applied().index();
                        try (TableStore.View view = machine.view()) {
                            assertThat(view.applied().index()).isGreaterThanOrEqualTo(Math.max(last, least));
                            assertThat(StateHash.matches(view)).isTrue();
                            last = view.applied().index();
                        }
                        assertThat(machine.sizeBytes()).isNotNegative();
                    }
                }));
            }
            for (int round = 0; round < 10; round++) {
                machine.replace(
                        copyWith(new Command.Put(key(round), key(round), 0), new Command.Delete(key(round / 2))));
                nextIndex = machine.applied().index() + 1;
                apply(new Command.Put(key(100 + round), key(1), 0));
            }
            stop.set(true);
            for (Future<?> reader : reading) {
                reader.get(30, TimeUnit.SECONDS);
            }
        } finally {
            stop.set(true);
            readers.shutdownNow();
        }
        assertThat(machine.holdsReplaced()).isFalse();
    }

    private int copies;

    /** Opens a copy of the present state on which {@code commands} have been applied too. */
    private TableStore copyWith(Command... commands) {
        Path copy = directory("copy" + copies++);
        machine.checkpoint(copy);
        long index = nextIndex;
        TableStore tables = open(copy);
        KvStateMachine ahead = new KvStateMachine(tables);
        for (Command command : commands) {
            ahead.apply(List.of(entry(command)));
        }
        nextIndex = index;
        return tables;
    }

    // Hash points and membership

    @Test
    void hashPointsLieAtTheMultiplesOfTheIntervalWithinABatch() {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            entries.add(entry(new Command.Put(key(i), key(i), 0)));
        }

        List<StateMachine.HashPoint> inOneBatch = machine.apply(entries).hashPoints();

        assertThat(inOneBatch).extracting(StateMachine.HashPoint::index).containsExactly(10L, 20L);
        try (TableStore other = open(directory("other"))) {
            KvStateMachine oneByOne = new KvStateMachine(other, 10);
            List<StateMachine.HashPoint> points = new ArrayList<>();
            entries.forEach(
                    entry -> points.addAll(oneByOne.apply(List.of(entry)).hashPoints()));
            assertThat(points).isEqualTo(inOneBatch);
            assertThat(oneByOne.applied()).isEqualTo(machine.applied());
        }
    }

    @Test
    void membershipIsAppliedKeptAndAnswersNothing() {
        Membership membership = new Membership(Set.of(NodeId.of(1)), Set.of(), Set.of(NodeId.of(2)));
        Entry entry = new Entry(1, nextIndex++, now, EntryKind.MEMBERSHIP, MembershipCodec.encode(membership));

        StateMachine.Outcome outcome = machine.apply(List.of(entry));
        apply(new Command.Put(key(1), key(1), 0));

        assertThat(outcome.results()).containsExactly(new ApplyResult(entry.id(), null));
        assertThat(outcome.applied().membership()).isEqualTo(membership);
        assertThat(outcome.applied().revision()).isEqualTo(1);
        assertThat(machine.applied().membership()).isEqualTo(membership);
        machine.checkpoint(directory("checkpoint"));
        try (TableStore copy = open(directory("checkpoint"));
                TableStore.View view = copy.view()) {
            assertThat(copy.applied().membership()).isEqualTo(membership);
            assertThat(view.applied()).isEqualTo(copy.applied());
        }
    }

    private void apply(Command... commands) {
        for (Command command : commands) {
            machine.apply(List.of(entry(command)));
        }
    }

    private Entry entry(Command command) {
        return command == null
                ? new Entry(1, nextIndex++, now, EntryKind.EMPTY, new byte[0])
                : new Entry(1, nextIndex++, now, EntryKind.COMMAND, CommandCodec.encode(command));
    }

    private static ByteSequence key(int number) {
        return ByteSequence.of("key" + (1000 + number));
    }
}
