package io.dengine.raft;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.raft.message.AppendResponse;
import io.dengine.raft.message.Envelope;
import io.dengine.raft.message.HeartbeatRequest;
import io.dengine.raft.message.RaftMessage;
import io.dengine.raft.message.TimeoutNow;
import io.dengine.raft.message.VoteRequest;
import io.dengine.raft.message.VoteResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tells a run of {@link RaftHost}s as steps of {@code verification/tla/Dengine.tla}, for TLC to check that each is one that the
 * specification allows in the state that the steps before it have led to. What an input did is read from its message, from the
 * node before and after, and from the Ready; what changed nothing is not told.
 */
final class TlaTrace {

    /** A node after a step; compared with the specification's. */
    record State(String role, long term, long lastIndex, long lastTerm, long commit, long durable) {

        static State of(Raft raft) {
            String role = switch (raft.role()) {
                case FOLLOWER -> "follower";
                case PRE_CANDIDATE -> "pre";
                case CANDIDATE -> "candidate";
                case LEADER -> "leader";
            };
            EntryId last = raft.lastEntry();
            return new State(
                    role,
                    raft.term(),
                    last.index(),
                    last.term(),
                    raft.commitIndex(),
                    raft.durable().index());
        }

        boolean leads() {
            return role.equals("leader");
        }

        String toTla() {
            return "<<\"" + role + "\", " + term + ", " + lastIndex + ", " + lastTerm + ", " + commit + ", " + durable
                    + ">>";
        }
    }

    /**
     * One step. What the numbers mean depends on the kind; {@code Trace.tla} says it.
     *
     * @param kind which action
     * @param node whose
     * @param numbers its parameters
     * @param terms of the entries it carries
     * @param after the node afterwards; null if more steps of the same input follow
     */
    record Event(
            String kind,
            int node,
            List<Long> numbers,
            List<Long> terms,
            @Nullable State after) {

        Event after(State state) {
            return new Event(kind, node, numbers, terms, state);
        }

        Event withNumber(int at, long value) {
            List<Long> changed = new ArrayList<>(numbers);
            changed.set(at, value);
            return new Event(kind, node, changed, terms, after);
        }

        String toTla() {
            return "[e |-> \"" + kind + "\", n |-> " + node + ", v |-> " + tuple(numbers) + ", es |-> " + tuple(terms)
                    + ", s |-> " + (after == null ? "<<>>" : after.toTla()) + "]";
        }

        private static String tuple(List<Long> values) {
            return values.stream().map(String::valueOf).collect(Collectors.joining(", ", "<<", ">>"));
        }
    }

    private final List<Event> events = new ArrayList<>();
    private final List<Event> group = new ArrayList<>();
    private final Map<NodeId, State> states = new TreeMap<>();
    private final Map<NodeId, HardState> hardStates = new TreeMap<>();
    private final Map<NodeId, Long> rounds = new TreeMap<>();
    /** The specification follows one read per leader. */
    private final Map<NodeId, Long> followedReads = new TreeMap<>();

    List<Event> events() {
        return events;
    }

    void watch(RaftHost host) {
        states.put(host.id, State.of(host.raft()));
        hardStates.put(host.id, host.saved());
        host.trace(this);
    }

    void restarted(RaftHost host) {
        forgetLeadership(host.id);
        hardStates.put(host.id, host.saved());
        add("Restart", host);
        end(host);
    }

    /** The node has taken an input, a message or another one; its effects are not taken yet. */
    void input(RaftHost host, @Nullable NodeId from, @Nullable RaftMessage message) {
        State before = states.getOrDefault(host.id, State.of(host.raft()));
        State now = State.of(host.raft());
        long term = before.term();
        boolean followed = false;
        if (message instanceof AppendRequest append && append.term() >= term) {
            List<Long> terms = append.entries().stream().map(Entry::term).toList();
            EntryId previous = append.previous();
            addWith("Append", host, terms, append.term(), previous.index(), previous.term(), append.commitIndex());
            followed = true;
            term = append.term();
        } else if (message instanceof HeartbeatRequest heartbeat && heartbeat.term() >= term) {
            add("Heartbeat", host, heartbeat.term(), heartbeat.round(), heartbeat.commitIndex());
            followed = true;
            term = heartbeat.term();
        } else if (message != null && now.term() > term && message.term() > term && !isPreVoteGrant(message)) {
            add("Term", host, message.term());
            followed = true;
            term = message.term();
        }
        if (now.role().equals("candidate") && now.term() > term) {
            add("Stand", host, message instanceof TimeoutNow ? 1 : 0);
        } else if (now.leads() && !before.leads()) {
            add("Lead", host);
        } else if (now.role().equals("follower") && !before.role().equals("follower") && !followed) {
            add("StepDown", host);
        }
        if (now.leads() && before.leads() && now.lastIndex() > before.lastIndex()) {
            add("Propose", host);
        }
        if (now.leads() && now.commit() > before.commit()) {
            add("Commit", host, now.commit());
        }
        if (!now.leads()) {
            forgetLeadership(host.id);
        }
        states.put(host.id, now);
        end(host);
    }

    void readAccepted(RaftHost host, long readId) {
        if (followedReads.putIfAbsent(host.id, readId) == null) {
            add("Read", host);
            end(host);
        }
    }

    /** The driver has taken the effects and has not carried them out. */
    void taken(RaftHost host, Ready ready) {
        HardState hardState = ready.hardState();
        boolean newVote = hardState != null && !hardState.equals(hardStates.get(host.id));
        for (Envelope envelope : ready.sendAfterAppend()) {
            if (newVote && isVote(envelope.message())) {
                add("Vote", host, envelope.message().term(), envelope.to().value());
            }
        }
        if (hardState != null) {
            hardStates.put(host.id, hardState);
        }
        ready.reads().forEach(read -> {
            if (followedReads.remove(host.id, read.readId())) {
                add("ReadDone", host, read.index());
            }
        });
        requests(host, ready.sendNow());
        if (ready.mustWrite() || !ready.sendAfterAppend().isEmpty()) {
            take(host, ready);
        }
        end(host);
    }

    private void requests(RaftHost host, List<Envelope> sendNow) {
        boolean asked = false;
        for (Envelope envelope : sendNow) {
            RaftMessage message = envelope.message();
            if (message instanceof HeartbeatRequest heartbeat && heartbeat.round() > rounds.getOrDefault(host.id, 0L)) {
                rounds.put(host.id, heartbeat.round());
                add("Round", host, heartbeat.round());
            } else if (message instanceof TimeoutNow) {
                add("HandOver", host, envelope.to().value());
            } else if (message instanceof VoteRequest && !asked) {
                asked = true;
                add("Ask", host);
            } else if (isPreVoteGrant(message)) {
                add("PreVote", host, message.term(), envelope.to().value());
            }
        }
    }

    private void take(RaftHost host, Ready ready) {
        long ackIndex = 0;
        long ackTerm = 0;
        for (Envelope envelope : ready.sendAfterAppend()) {
            if (envelope.message() instanceof AppendResponse ack && ack.accepted()) {
                ackIndex = ack.index();
                ackTerm = ack.term();
            }
        }
        long vote = 0;
        long term = 0;
        HardState hardState = ready.hardState();
        if (hardState != null) {
            term = hardState.term();
            vote = hardState.votedFor() == null ? 0 : hardState.votedFor().value();
        }
        int size = ready.append().size();
        long last = size == 0 ? 0 : ready.append().get(size - 1).index();
        add("Take", host, term, vote, last, ackIndex, ackTerm);
    }

    /** A Ready is durable, and the node has been told. */
    void written(RaftHost host) {
        NodeId vote = host.saved().votedFor();
        EntryId last = host.disk.last();
        add("Write", host, host.saved().term(), vote == null ? 0 : vote.value(), last.index(), last.term());
        input(host, null, null);
    }

    /** Returns the lines of a module with these events. */
    static List<String> module(List<Event> events, int nodes) {
        long terms = 1;
        for (Event event : events) {
            State after = event.after();
            terms = Math.max(terms, after == null ? 0 : after.term() + 1);
        }
        List<String> lines = new ArrayList<>();
        lines.add("---- MODULE TraceData ----");
        lines.add("EXTENDS Integers, Sequences");
        lines.add("TraceServer == 1.." + nodes);
        lines.add("TraceMaxTerm == " + terms);
        lines.add("TraceLog == <<");
        for (int i = 0; i < events.size(); i++) {
            lines.add(events.get(i).toTla() + (i + 1 < events.size() ? "," : ""));
        }
        lines.add(">>");
        lines.add("====");
        return lines;
    }

    private void forgetLeadership(NodeId node) {
        rounds.remove(node);
        followedReads.remove(node);
    }

    private void add(String kind, RaftHost host, long... numbers) {
        addWith(kind, host, List.of(), numbers);
    }

    private void addWith(String kind, RaftHost host, List<Long> terms, long... numbers) {
        List<Long> values = new ArrayList<>();
        for (long number : numbers) {
            values.add(number);
        }
        group.add(new Event(kind, host.id.value(), values, terms, null));
    }

    private void end(RaftHost host) {
        State now = State.of(host.raft());
        states.put(host.id, now);
        if (!group.isEmpty()) {
            int last = group.size() - 1;
            group.set(last, group.get(last).after(now));
            events.addAll(group);
            group.clear();
        }
    }

    private static boolean isVote(RaftMessage message) {
        return message instanceof VoteResponse vote && vote.granted() && !vote.preVote();
    }

    private static boolean isPreVoteGrant(RaftMessage message) {
        return message instanceof VoteResponse vote && vote.granted() && vote.preVote();
    }
}
