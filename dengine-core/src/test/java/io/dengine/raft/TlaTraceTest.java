package io.dengine.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.raft.RaftNetwork.Start;
import io.dengine.raft.RandomScheduleTest.Schedule;
import io.dengine.raft.TlaTrace.Event;
import io.dengine.raft.entry.HardState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

class TlaTraceTest {

    private static final String OUT = "dengine.tla.out";
    private static final int EVENTS = Integer.getInteger("dengine.tla.events", 2000);
    private static final int TRACES = Integer.getInteger("dengine.tla.traces", 24);

    @Test
    void tellsAnElectionAndAWriteInTheStepsOfTheSpecification() {
        RaftNetwork network = new RaftNetwork(
                Collections.nCopies(3, new Start(HardState.INITIAL, List.of())), EnumSet.allOf(SafetyRule.class));
        TlaTrace trace = new TlaTrace();
        network.hosts().forEach(trace::watch);

        network.elect(1);
        network.host(1).propose("x");
        network.run(200);

        assertThat(kindsOf(trace, 1))
                .containsSubsequence(
                        "Ask", "Stand", "Take", "Write", "Lead", "Round", "Take", "Write", "Commit", "Propose",
                        "Commit");
        assertThat(kindsOf(trace, 2))
                .containsSubsequence("PreVote", "Term", "Vote", "Take", "Write", "Append", "Take", "Write", "Append");
        assertThat(trace.events().get(trace.events().size() - 1).after()).isNotNull();
    }

    @Test
    void writesAModuleWithOneRecordAStep() {
        Event event = new Event("Append", 2, List.of(1L, 0L, 0L, 0L), List.of(1L), null);

        assertThat(TlaTrace.module(List.of(event), 3))
                .contains("TraceServer == 1..3")
                .contains("[e |-> \"Append\", n |-> 2, v |-> <<1, 0, 0, 0>>, es |-> <<1>>, s |-> <<>>]");
    }

    /** The source of {@code verification/tla/run}; not part of a normal build. */
    @Test
    @EnabledIfSystemProperty(named = OUT, matches = ".+")
    void writesTracesForTheModelChecker() throws IOException {
        Path out = Files.createDirectories(Path.of(System.getProperty(OUT)));
        for (int seed = 0; seed < TRACES; seed++) {
            int nodes = seed % 3 == 2 ? 5 : 3;
            List<Event> events = record(nodes, seed, EnumSet.allOf(SafetyRule.class), EVENTS);
            write(out.resolve("good-" + seed), events, nodes, 0);
        }
        for (Corruption corruption : CORRUPTIONS) {
            writeCorrupted(out, corruption);
        }
        // The code itself with a rule left out: some step of it is none of the specification.
        write(out.resolve("planted-count-unsynced"), planted(SafetyRule.COUNT_ONLY_DURABLE), 3, -1);
        write(out.resolve("planted-vote-for-older-log"), planted(SafetyRule.COMPARE_LOGS), 3, -1);
        write(out.resolve("planted-unconfirmed-read"), planted(SafetyRule.CONFIRM_READS), 3, -1);
    }

    private static void writeCorrupted(Path out, Corruption corruption) throws IOException {
        int at = -1;
        for (int seed = 100; at < 0; seed++) {
            assertThat(seed)
                    .as("seeds without a place for %s", corruption.name())
                    .isLessThan(150);
            List<Event> events = record(3, seed, EnumSet.allOf(SafetyRule.class), EVENTS / 4);
            at = corruption.place(events);
            if (at >= 0) {
                events.set(at, corruption.change().apply(events.get(at)));
                write(out.resolve("bad-" + corruption.name()), events, 3, at + 1);
            }
        }
    }

    /** A step made into one that must not be: {@code fits} says of which. */
    private record Corruption(String name, Predicate<Event> fits, UnaryOperator<Event> change) {

        int place(List<Event> events) {
            for (int at = events.size() / 3; at < events.size(); at++) {
                if (fits.test(events.get(at))) {
                    return at;
                }
            }
            return -1;
        }
    }

    private static final List<Corruption> CORRUPTIONS = List.of(
            new Corruption("commit-too-far", event -> event.kind().equals("Commit"), event -> changed(event, 0, 1)),
            new Corruption(
                    "vote-for-nobody-who-asked",
                    event -> event.kind().equals("Vote"),
                    event -> event.withNumber(
                            1, 6 - event.node() - event.numbers().get(1))),
            new Corruption(
                    "entry-of-another-term",
                    event -> event.kind().equals("Append") && !event.terms().isEmpty(),
                    event -> new Event(
                            event.kind(),
                            event.node(),
                            event.numbers(),
                            Collections.nCopies(event.terms().size(), 99L),
                            event.after())),
            new Corruption(
                    "write-of-another-vote",
                    event -> event.kind().equals("Write") && event.numbers().get(1) != 0,
                    event -> event.withNumber(1, 1 + event.numbers().get(1) % 3)),
            new Corruption(
                    "acknowledged-too-much",
                    event -> event.kind().equals("Take") && event.numbers().get(3) != 0,
                    event -> changed(event, 3, 1)),
            new Corruption(
                    "heartbeat-tells-too-much",
                    event -> event.kind().equals("Heartbeat"),
                    event -> changed(event, 2, 1000)),
            new Corruption(
                    "led-without-votes",
                    event -> event.kind().equals("Vote"),
                    event -> new Event("Lead", event.node(), List.of(), List.of(), event.after())),
            new Corruption(
                    "read-of-the-past", event -> event.kind().equals("ReadDone"), event -> changed(event, 0, -1)));

    private static Event changed(Event event, int at, long by) {
        return event.withNumber(at, event.numbers().get(at) + by);
    }

    private static List<Event> planted(SafetyRule missing) {
        Set<SafetyRule> rules = EnumSet.complementOf(EnumSet.of(missing));
        for (int seed = 0; seed < 400; seed++) {
            List<Event> events = record(3, seed, rules, EVENTS);
            if (events.size() < EVENTS) {
                return events; // the checks of the run have seen it
            }
        }
        throw new AssertionError("no run shows that " + missing + " is missing");
    }

    private static List<Event> record(int nodes, long seed, Set<SafetyRule> rules, int size) {
        Schedule schedule = new Schedule(nodes, seed, rules);
        TlaTrace trace = new TlaTrace();
        schedule.observe(trace);
        boolean broken = false;
        while (trace.events().size() < size && !broken) {
            try {
                schedule.step();
            } catch (AssertionError | IllegalStateException e) {
                assertThat(rules).as("rules of a run that fails").hasSizeLessThan(SafetyRule.values().length);
                broken = true;
            }
        }
        List<Event> events = trace.events();
        return new ArrayList<>(events.subList(0, Math.min(size, events.size())));
    }

    /** @param refused the number of the step to be refused; 0 if none is, -1 if any is */
    private static void write(Path directory, List<Event> events, int nodes, int refused) throws IOException {
        Files.createDirectories(directory);
        Files.write(directory.resolve("TraceData.tla"), TlaTrace.module(events, nodes));
        Files.writeString(directory.resolve("expected"), Integer.toString(refused));
    }

    private static List<String> kindsOf(TlaTrace trace, int node) {
        return trace.events().stream()
                .filter(event -> event.node() == node)
                .map(Event::kind)
                .toList();
    }
}
