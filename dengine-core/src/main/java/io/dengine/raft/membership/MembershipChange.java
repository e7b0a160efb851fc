package io.dengine.raft.membership;

/**
 * What an operator, a joining node or the leader itself wants changed. {@link #applyTo} says what the membership shall
 * become; whether and how it gets there is the leader's to decide.
 */
public sealed interface MembershipChange {

    /** Returns the node that this is about. */
    NodeId node();

    /**
     * Returns the membership that {@code current}, which is not joint, shall become; an equal one if nothing is left to do.
     *
     * @throws IllegalArgumentException if the change makes no sense there; the text is for the user
     */
    Membership applyTo(Membership current);

    /** Returns whether there is nothing left to ask for once {@code committed} is: what may still follow, leaders do by themselves. */
    boolean isAccepted(Membership committed);

    /**
     * A node joins as a learner. One that is not read-only is promoted by the leader once it has caught up.
     *
     * @param member the node
     */
    record AddLearner(Member member) implements MembershipChange {

        @Override
        public NodeId node() {
            return member.id();
        }

        @Override
        public boolean isAccepted(Membership committed) {
            return committed.contains(node()) && !committed.member(node()).isOtherStorage(member.storageId());
        }

        @Override
        public Membership applyTo(Membership current) {
            if (!current.contains(node())) {
                return MembershipDraft.of(current).learn(member).build();
            }
            Member known = current.member(node());
            if (known.isOtherStorage(member.storageId())) {
                throw new IllegalArgumentException(
                        "node " + node() + " is a member already, with another data directory."
                                + " Remove it first, or give the new node an id of its own");
            }
            return current.knowing(known.seenAs(member));
        }
    }

    /**
     * A learner becomes a voter.
     *
     * @param node the learner
     */
    record Promote(NodeId node) implements MembershipChange {

        @Override
        public boolean isAccepted(Membership committed) {
            return committed.voters().contains(node) && !committed.isJoint();
        }

        @Override
        public Membership applyTo(Membership current) {
            Member member = MembershipDraft.require(current, node);
            if (current.voters().contains(node)) {
                return current;
            }
            MembershipDraft draft =
                    MembershipDraft.of(current).vote(member.withReadOnly(false).withReplaces(null));
            NodeId replaced = member.replaces();
            return (replaced == null ? draft : draft.drop(replaced)).build();
        }
    }

    /**
     * A voter becomes a read-only learner.
     *
     * @param node the voter
     */
    record Demote(NodeId node) implements MembershipChange {

        @Override
        public boolean isAccepted(Membership committed) {
            return committed.learners().contains(node) && !committed.isJoint();
        }

        @Override
        public Membership applyTo(Membership current) {
            Member member = MembershipDraft.require(current, node);
            return MembershipDraft.of(current)
                    .drop(node)
                    .learn(member.withReadOnly(true).withReplaces(null))
                    .build();
        }
    }

    /**
     * A voter or learner leaves for good.
     *
     * @param node the member
     */
    record Remove(NodeId node) implements MembershipChange {

        @Override
        public boolean isAccepted(Membership committed) {
            return !committed.contains(node);
        }

        @Override
        public Membership applyTo(Membership current) {
            return current.contains(node)
                    ? MembershipDraft.of(current).drop(node).build()
                    : current;
        }
    }

    /**
     * A node takes the place of a voter: it joins as a learner, and when it has caught up, one step makes it a voter and
     * takes the other one out.
     *
     * @param leaving the voter to take out
     * @param member the node to take in; a learner already, or new
     */
    record Replace(NodeId leaving, Member member) implements MembershipChange {

        @Override
        public NodeId node() {
            return member.id();
        }

        @Override
        public boolean isAccepted(Membership committed) {
            return committed.voters().contains(node())
                    ? !committed.isVoter(leaving)
                    : committed.contains(node())
                            && leaving.equals(committed.member(node()).replaces());
        }

        @Override
        public Membership applyTo(Membership current) {
            boolean takenIn = current.voters().contains(node());
            if (!current.voters().contains(leaving)) {
                if (takenIn) {
                    return current;
                }
                throw new IllegalArgumentException("node " + leaving + " is not a voter of " + current);
            }
            if (takenIn) {
                return MembershipDraft.of(current).drop(leaving).build();
            }
            for (Member other : current.details().values()) {
                if (leaving.equals(other.replaces()) && !other.id().equals(node())) {
                    throw new IllegalArgumentException("node " + other.id() + " is to replace node " + leaving
                            + " already. Remove it first to choose another");
                }
            }
            Membership joined = new AddLearner(member).applyTo(current);
            return joined.knowing(joined.member(node()).withReadOnly(false).withReplaces(leaving));
        }
    }

    /**
     * A member is met at another address, or for the first time.
     *
     * @param member the member, as it was seen
     */
    record Describe(Member member) implements MembershipChange {

        @Override
        public NodeId node() {
            return member.id();
        }

        @Override
        public boolean isAccepted(Membership committed) {
            return committed.contains(node())
                    && committed.member(node()).seenAs(member).equals(committed.member(node()));
        }

        @Override
        public Membership applyTo(Membership current) {
            Member known = MembershipDraft.require(current, node());
            if (known.isOtherStorage(member.storageId())) {
                throw new IllegalArgumentException(
                        "node " + node() + " has another data directory than the cluster knows");
            }
            return current.knowing(known.seenAs(member));
        }
    }
}
