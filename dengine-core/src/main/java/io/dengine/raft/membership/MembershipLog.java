package io.dengine.raft.membership;

import java.util.ArrayDeque;
import java.util.List;

/**
 * The memberships that the log holds, newest last: each takes effect when its entry is appended and goes when the entry is cut
 * (Raft paper, section 6). Not thread-safe.
 */
public final class MembershipLog {

    private record Placed(long index, Membership membership) {}

    /** The first is known to be committed; there is always one. */
    private final ArrayDeque<Placed> placed = new ArrayDeque<>();

    /**
     * @param index where {@code membership} took effect, or any index up to which it is known to hold
     * @param membership committed
     */
    public MembershipLog(long index, Membership membership) {
        placed.add(new Placed(index, membership));
    }

    /** Returns the membership in effect. */
    public Membership latest() {
        return placed.getLast().membership();
    }

    /** Returns the index of the entry that the membership in effect came with. */
    public long latestIndex() {
        return placed.getLast().index();
    }

    /** An entry with a membership was appended. */
    public void append(long index, Membership membership) {
        if (index <= latestIndex()) {
            throw new IllegalArgumentException("a membership at " + index + " after one at " + latestIndex());
        }
        placed.add(new Placed(index, membership));
    }

    /**
     * The log is cut in front of {@code index}.
     *
     * @return whether another membership is in effect now
     */
    public boolean cutFrom(long index) {
        boolean changed = false;
        while (placed.size() > 1 && latestIndex() >= index) {
            placed.removeLast();
            changed = true;
        }
        return changed;
    }

    /** Everything up to {@code index} is committed: what came before the membership of that index is forgotten. */
    public void commitTo(long index) {
        Placed first = placed.removeFirst();
        while (!placed.isEmpty() && placed.getFirst().index() <= index) {
            first = placed.removeFirst();
        }
        placed.addFirst(first);
    }

    /** Returns the newest membership known to be committed and those behind it, up to the one in effect. */
    public List<Membership> open() {
        return placed.stream().map(Placed::membership).toList();
    }

    /** Returns the newest membership known to be committed. */
    public Membership committed() {
        return placed.getFirst().membership();
    }

    /** Returns the membership before the one in effect, which must not be known to be committed. */
    public Membership previous() {
        List<Membership> open = open();
        return open.get(open.size() - 2);
    }

    /** The log starts over behind {@code index}, where {@code membership} is committed. */
    public void restart(long index, Membership membership) {
        placed.clear();
        placed.add(new Placed(index, membership));
    }
}
