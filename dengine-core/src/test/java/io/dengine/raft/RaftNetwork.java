package io.dengine.raft;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.Envelope;
import io.dengine.raft.message.RaftMessage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Several nodes whose messages, clocks and disks move only when told. After every delivery it checks that a term has one
 * leader, that nodes commit the same entries, each on a majority of disks, and that no other node leads while a lease runs.
 */
final class RaftNetwork {

    record Link(int from, int to) {}

    private record Flight(Link link, RaftMessage message) {}

    private static final long STEP_MILLIS = 10;

    private final Map<Integer, RaftHost> hosts = new TreeMap<>();
    private final Set<Link> cut = new HashSet<>();
    private final Map<Long, NodeId> leaders = new TreeMap<>();
    private final Map<Long, EntryId> committed = new TreeMap<>();
    private List<Flight> flights = new ArrayList<>();

    /** What a node starts with; a term above 0 makes it a restarted node. */
    record Start(HardState state, List<Entry> log) {}

    RaftNetwork(List<Start> starts, Set<SafetyRule> rules) {
        for (int i = 1; i <= starts.size(); i++) {
            Start start = starts.get(i - 1);
            hosts.put(i, new RaftHost(NodeId.of(i), RaftHost.voters(starts.size()), start.state(), start.log(), rules));
        }
    }

    /** As above, with only the first {@code voters} nodes in the cluster; the others are to join. */
    RaftNetwork(int voters, int nodes, Set<SafetyRule> rules) {
        for (int i = 1; i <= nodes; i++) {
            Membership membership = i <= voters ? RaftHost.voters(voters) : Membership.NONE;
            hosts.put(i, new RaftHost(NodeId.of(i), membership, HardState.INITIAL, List.of(), rules));
        }
    }

    RaftHost host(int id) {
        RaftHost host = hosts.get(id);
        if (host == null) {
            throw new IllegalArgumentException("no node " + id);
        }
        return host;
    }

    Collection<RaftHost> hosts() {
        return hosts.values();
    }

    /** Drops what is sent on the link from now on. */
    void cut(Link link) {
        collect(); // what was sent before still arrives
        cut.add(link);
    }

    void isolate(int id) {
        for (int other : hosts.keySet()) {
            cut(new Link(id, other));
            cut(new Link(other, id));
        }
    }

    void heal() {
        cut.clear();
    }

    /** Lets time pass on all nodes alike, and delivers everything as it comes. */
    void run(long millis) {
        for (long passed = 0; passed < millis; passed += STEP_MILLIS) {
            hosts.values().forEach(host -> host.jump(STEP_MILLIS));
            stabilize();
        }
    }

    /** Delivers until nothing is under way. */
    void stabilize() {
        for (int rounds = 0; deliver(link -> true); rounds++) {
            if (rounds > 10_000) {
                throw new AssertionError("the cluster never comes to rest");
            }
        }
    }

    /** Delivers what is under way now on the links chosen, in the order of sending. */
    boolean deliver(Predicate<Link> chosen) {
        List<Flight> now = take(chosen);
        for (Flight flight : now) {
            host(flight.link().to()).step(flight.link().from(), flight.message());
            check();
        }
        return !now.isEmpty();
    }

    void lose(Predicate<Link> chosen) {
        take(chosen);
    }

    /** Puts a second copy of what is under way behind all of it. */
    void duplicate(Predicate<Link> chosen) {
        List<Flight> copies = take(chosen);
        flights.addAll(copies);
        flights.addAll(copies);
    }

    void reverse(Predicate<Link> chosen) {
        List<Flight> moved = take(chosen);
        Collections.reverse(moved);
        flights.addAll(moved);
    }

    /** Lets an election timeout pass on all nodes, from the tick after the last message: nobody owes a leader silence. */
    void forgetLeader() {
        hosts.values().forEach(host -> host.advance(RaftHost.ELECTION_TIMEOUT_MILLIS + STEP_MILLIS));
    }

    /** Makes a node leader: the others have heard nothing for an election timeout, then its timer ends first. */
    void elect(int id) {
        forgetLeader();
        RaftHost candidate = host(id);
        candidate.campaign();
        for (int i = 0; candidate.raft().role() != RoleKind.LEADER; i++) {
            if (i > 50) {
                throw new AssertionError("node " + id + " is not elected");
            }
            stabilize();
            if (candidate.raft().role() != RoleKind.LEADER) {
                candidate.advance(RaftHost.HEARTBEAT_MILLIS);
            }
        }
        stabilize();
    }

    /** What a crashed node had sent may still arrive; what it had not is lost. */
    void crash(int id) {
        collect();
        host(id).crash();
    }

    private List<Flight> take(Predicate<Link> chosen) {
        collect();
        List<Flight> taken = new ArrayList<>();
        List<Flight> left = new ArrayList<>();
        for (Flight flight : flights) {
            (chosen.test(flight.link()) ? taken : left).add(flight);
        }
        flights = left;
        return taken;
    }

    private void collect() {
        hosts.forEach((id, host) -> {
            for (Envelope envelope : host.takeSent()) {
                Link link = new Link(id, envelope.to().value());
                if (!cut.contains(link)) {
                    flights.add(new Flight(link, envelope.message()));
                }
            }
        });
    }

    void check() {
        for (RaftHost host : hosts.values()) {
            if (host.isUp()) {
                check(host);
            }
        }
    }

    private void check(RaftHost host) {
        Raft raft = host.raft();
        if (raft.role() == RoleKind.LEADER) {
            NodeId known = leaders.putIfAbsent(raft.term(), host.id);
            if (known != null && !known.equals(host.id)) {
                throw new AssertionError("nodes " + known + " and " + host.id + " lead term " + raft.term());
            }
        }
        // Compares what lies on the disk: all of it that is committed was durable before it was handed out.
        long end = host.isLogBehindSnapshot()
                ? 0
                : Math.min(raft.commitIndex(), raft.durable().index());
        for (long index = host.disk.base().index() + 1; index <= end; index++) {
            EntryId here = new EntryId(host.disk.termAt(index), index);
            EntryId known = committed.putIfAbsent(index, here);
            if (known == null) {
                checkOnQuorumOfDisks(here, raft);
            }
            if (known != null && !known.equals(here)) {
                throw new AssertionError("node " + host.id + " commits " + here + ", another " + known);
            }
        }
        boolean hasLease = raft.leaseUntilNanos() > host.nowNanos();
        for (RaftHost other : hosts.values()) {
            boolean newer = other.isUp()
                    && other.raft().role() == RoleKind.LEADER
                    && other.raft().term() > raft.term();
            if (hasLease && newer) {
                throw new AssertionError("node " + other.id + " leads term "
                        + other.raft().term() + " within the lease of node " + host.id);
            }
        }
    }

    /** Committed by the membership in effect, or by the one before it, if the next was appended in the same turn. */
    private void checkOnQuorumOfDisks(EntryId entry, Raft raft) {
        Predicate<NodeId> holds = id -> isOnDisk(host(id.value()).disk, entry);
        if (!raft.membership().hasQuorum(holds) && !raft.committedMembership().hasQuorum(holds)) {
            throw new AssertionError(entry + " is committed, but not on the disks of a quorum of " + raft.membership());
        }
    }

    /** What lies below the base is part of the state, and committed. */
    private static boolean isOnDisk(DiskLog disk, EntryId entry) {
        return entry.index() < disk.base().index()
                || (entry.index() <= disk.last().index() && disk.termAt(entry.index()) == entry.term());
    }
}
