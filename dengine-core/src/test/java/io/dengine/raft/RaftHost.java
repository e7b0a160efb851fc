package io.dengine.raft;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.EntryKind;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.MembershipCodec;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.membership.Self;
import io.dengine.raft.message.Envelope;
import io.dengine.raft.message.RaftMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One {@link Raft} with a clock and a disk moved by hand: a driver that carries out each Ready in the order it states. */
final class RaftHost {

    static final long MILLI = 1_000_000;
    static final long ELECTION_TIMEOUT_MILLIS = 1000;
    static final long HEARTBEAT_MILLIS = 100;
    static final RaftConfig CONFIG =
            new RaftConfig(ELECTION_TIMEOUT_MILLIS * MILLI, HEARTBEAT_MILLIS * MILLI, 0.1, 2, 4, 16, 0);
    private static final long STEP_MILLIS = 10;

    final NodeId id;
    final DiskLog disk = new DiskLog();
    final List<String> applied = new ArrayList<>();
    final List<Ready.ConfirmedRead> reads = new ArrayList<>();
    final List<Long> failedReads = new ArrayList<>();
    final List<Notice> notices = new ArrayList<>();
    private Membership membership;
    private Membership appliedMembership;
    private List<String> restored = new ArrayList<>();
    private final Set<SafetyRule> rules;
    private final ArrayDeque<Ready> unwritten = new ArrayDeque<>();
    private final SplittableRandom random;
    private HardState saved;
    private List<Envelope> sent = new ArrayList<>();
    private @Nullable Raft raft;
    private List<String> staged = new ArrayList<>();
    private boolean diskHeld;
    private boolean applyHeld;
    private List<Entry> unapplied = new ArrayList<>();
    private long nowMillis;
    private @Nullable TlaTrace trace;

    RaftHost(NodeId id, Membership membership, HardState saved, List<Entry> log, Set<SafetyRule> rules) {
        this.id = id;
        this.membership = membership;
        this.appliedMembership = membership;
        this.saved = saved;
        this.rules = rules;
        this.random = new SplittableRandom(id.value());
        disk.append(log);
        restart();
    }

    /** Node 1 of a cluster of {@code voters}, whose log has entries of these terms and whose term is the last of them. */
    static RaftHost first(int voters, int... logTerms) {
        List<Entry> log = log(logTerms);
        HardState state = log.isEmpty()
                ? HardState.INITIAL
                : new HardState(log.get(log.size() - 1).term(), null);
        return new RaftHost(NodeId.of(1), voters(voters), state, log, EnumSet.allOf(SafetyRule.class));
    }

    static Membership voters(int count) {
        return Membership.ofVoters(new TreeSet<>(
                IntStream.rangeClosed(1, count).mapToObj(NodeId::of).toList()));
    }

    static List<Entry> log(int... terms) {
        return logFrom(1, terms);
    }

    /** Returns entries of these terms, the first at {@code firstIndex}. */
    static List<Entry> logFrom(long firstIndex, int... terms) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < terms.length; i++) {
            byte[] payload = (terms[i] + "/" + (firstIndex + i)).getBytes(UTF_8);
            entries.add(new Entry(terms[i], firstIndex + i, 0, EntryKind.COMMAND, payload));
        }
        return entries;
    }

    /** From now on every step is told to {@code observer}. */
    void trace(TlaTrace observer) {
        trace = observer;
    }

    Raft raft() {
        return Objects.requireNonNull(raft, "node is down");
    }

    boolean isUp() {
        return raft != null;
    }

    HardState saved() {
        return saved;
    }

    long nowNanos() {
        return nowMillis * MILLI;
    }

    /** Lets time pass in small steps, as a driver that wakes often. */
    void advance(long millis) {
        for (long end = nowMillis + millis; nowMillis < end; ) {
            jump(Math.min(STEP_MILLIS, end - nowMillis));
        }
    }

    /** Lets time pass in one step, as after a pause of the process. */
    void jump(long millis) {
        nowMillis += millis;
        if (raft != null) {
            raft.tick(nowNanos());
            observe(null, null);
            pump();
        }
    }

    /** Lets time pass until the node campaigns. */
    void campaign() {
        for (long waited = 0; raft().role() == RoleKind.FOLLOWER; waited += STEP_MILLIS) {
            if (waited > 3 * ELECTION_TIMEOUT_MILLIS) {
                throw new AssertionError("node " + id + " does not campaign");
            }
            jump(STEP_MILLIS);
        }
    }

    void step(int from, RaftMessage message) {
        if (raft != null) {
            raft.step(NodeId.of(from), message);
            observe(NodeId.of(from), message);
            pump();
        }
    }

    @Nullable
    EntryId propose(String text) {
        EntryId entry = raft().propose(EntryKind.COMMAND, text.getBytes(UTF_8));
        observe(null, null);
        pump();
        return entry;
    }

    boolean read(long readId) {
        boolean accepted = raft().requestRead(readId);
        if (trace != null && accepted) {
            trace.readAccepted(this, readId);
        }
        pump();
        return accepted;
    }

    boolean transfer(@Nullable NodeId target) {
        boolean accepted = raft().transferLeadership(target);
        pump();
        return accepted;
    }

    ChangeOutcome change(MembershipChange change) {
        ChangeOutcome outcome = raft().changeMembership(change);
        pump();
        return outcome;
    }

    /** Purges the log up to what is applied, which becomes what a restart begins with, and what others may restore. */
    void compact() {
        long index = raft().lastApplied();
        if (isLogBehindSnapshot() || index > disk.last().index()) {
            return; // the disk has not followed a snapshot yet
        }
        disk.purge(index);
        membership = appliedMembership;
        restored = new ArrayList<>(applied);
    }

    /** Takes over what {@code source} was last compacted to. */
    boolean restoreFrom(RaftHost source) {
        if (unwritten.stream().anyMatch(ready -> ready.restore() != null)) {
            return false; // one at a time
        }
        staged = new ArrayList<>(source.restored);
        return restore(new RestorePoint(source.disk.base(), source.disk.baseClusterTimeMillis(), source.membership));
    }

    boolean restore(RestorePoint point) {
        boolean taken = raft().restore(point);
        pump();
        return taken;
    }

    /** From now on nothing becomes durable until {@link #releaseDisk}. */
    void holdDisk() {
        diskHeld = true;
    }

    void releaseDisk() {
        diskHeld = false;
        pump();
    }

    /** Makes the oldest write durable while the disk is held. */
    void syncOne() {
        write(unwritten.remove());
        pump();
    }

    /** Returns whether a snapshot counts as durable while the log on the disk is still the one before it. */
    boolean isLogBehindSnapshot() {
        return unwritten.stream().map(Ready::restore).anyMatch(restore -> restore != null && restore.resetLog());
    }

    boolean hasUnwritten() {
        return !unwritten.isEmpty();
    }

    void resumeApplying() {
        raft().pauseApplying(false);
        pump();
    }

    void holdApply() {
        applyHeld = true;
    }

    void releaseApply() {
        applyHeld = false;
        applyHeldEntries();
    }

    void applyHeldEntries() {
        List<Entry> batch = unapplied;
        unapplied = new ArrayList<>();
        apply(batch);
        pump();
    }

    List<Entry> unapplied() {
        return unapplied;
    }

    /** Loses everything but the disk. */
    void crash() {
        raft = null;
        unwritten.clear();
        unapplied.clear();
        sent.clear();
        applied.clear();
        reads.clear();
        failedReads.clear();
        diskHeld = false;
    }

    void restart() {
        appliedMembership = membership;
        applied.addAll(restored);
        raft = new Raft(
                CONFIG, Self.founder(id), membership, saved, disk, disk.base().index(), nowNanos(), random, rules);
        if (trace != null) {
            trace.restarted(this);
        }
        pump();
    }

    /** Returns what has left since the last call. */
    List<Envelope> takeSent() {
        List<Envelope> taken = sent;
        sent = new ArrayList<>();
        return taken;
    }

    /** Returns the messages of one kind that have left since the last call, and forgets the others. */
    <M extends RaftMessage> List<M> takeSent(Class<M> kind) {
        return takeSent().stream()
                .map(Envelope::message)
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    <M extends RaftMessage> List<M> takeSentTo(int to, Class<M> kind) {
        return takeSent().stream()
                .filter(envelope -> envelope.to().equals(NodeId.of(to)))
                .map(Envelope::message)
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    private void observe(@Nullable NodeId from, @Nullable RaftMessage message) {
        if (trace != null) {
            trace.input(this, from, message);
        }
    }

    private void pump() {
        boolean more = true;
        while (more) {
            more = false;
            if (raft().hasReady()) {
                take(raft().takeReady());
                more = true;
            }
            if (!diskHeld && !unwritten.isEmpty()) {
                write(unwritten.remove());
                more = true;
            }
        }
    }

    private void take(Ready ready) {
        if (trace != null) {
            trace.taken(this, ready);
        }
        sent.addAll(ready.sendNow());
        if (ready.mustWrite() || !ready.sendAfterAppend().isEmpty()) {
            unwritten.add(ready);
        }
        reads.addAll(ready.reads());
        failedReads.addAll(ready.failedReads());
        notices.addAll(ready.notices());
        if (ready.restore() != null) {
            RestorePoint point = ready.restore().point();
            applied.clear();
            applied.addAll(staged);
            appliedMembership = point.membership();
            unapplied.clear();
            raft().onApplied(point.last().index());
        }
        if (applyHeld) {
            unapplied.addAll(ready.committed());
        } else {
            apply(ready.committed());
        }
    }

    private void apply(List<Entry> entries) {
        for (Entry entry : entries) {
            if (entry.kind() == EntryKind.MEMBERSHIP) {
                appliedMembership = MembershipCodec.decode(entry.payload());
            }
            applied.add(entry.kind() != EntryKind.COMMAND ? "-" : new String(entry.payload(), UTF_8));
            raft().onApplied(entry.index());
        }
    }

    private void write(Ready ready) {
        if (ready.hardState() != null) {
            saved = ready.hardState();
            raft().onHardStateSaved(saved);
        }
        if (ready.restore() != null && ready.restore().resetLog()) {
            RestorePoint point = ready.restore().point();
            disk.restart(point.last(), point.clusterTimeMillis());
            membership = point.membership();
            restored = staged;
        }
        if (!ready.append().isEmpty()) {
            disk.append(ready.append());
            raft().onAppended(ready.append().get(ready.append().size() - 1).id());
        }
        sent.addAll(ready.sendAfterAppend());
        if (trace != null) {
            trace.written(this);
        }
    }
}
