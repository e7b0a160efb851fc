package io.dengine.raft;

/** What became of a request to change the membership. */
public sealed interface ChangeOutcome {

    /**
     * The first entry of the change is in the leader's log. It is through when a membership that is not joint, from that entry
     * or a later one, is committed; the leader takes the steps up to there by itself.
     *
     * @param index the index of that entry
     */
    record Started(long index) implements ChangeOutcome {}

    /** The membership is as wanted already. */
    record Unchanged() implements ChangeOutcome {}

    /**
     * Nothing happened.
     *
     * @param reason why
     * @param text why, as a sentence for the user
     */
    record Refused(Reason reason, String text) implements ChangeOutcome {}

    /** Why a change was refused. */
    enum Reason {
        /** This node does not lead, or has not committed an entry of its term yet, or is handing over. */
        NOT_LEADER,
        /** Another change is not through yet. */
        CHANGE_IN_PROGRESS,
        /** The leader would not belong to the voters any more: it must hand over first. */
        LEADER_LEAVES,
        /** The learner lacks too much of the log to vote. */
        NOT_CAUGHT_UP,
        /** Too few of the voters that would be are in contact: the cluster could stop for good. */
        QUORUM_AT_RISK,
        /** It makes no sense for the present membership. */
        INVALID
    }
}
