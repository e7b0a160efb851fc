package io.dengine.sim;

/** Seeds that once found something, and what. A seed's course changes with the simulator, so each also has a test of its own. */
final class KeptSeeds {

    static final long[] ALL = {
        2, // a failed read completed with a CompletionException around the engine's own
        183, // a follower behind by more than its window can carry: not a fault, calls through it time out
        395, // a lease read does not see what is committed and not yet known to anyone: right, the check was too strict
        1150, // after a failed sync and a kill, recovery left a sync mark in the cache alone, and the node refused to
        // start
        303379, // a cut decided on before its entry was committed, written after: right, the check was too strict
        16, // a storage known from an earlier life was not in the membership: its successor could never come in
        56, // a joining node never asked: the time of its first try overflowed
        160, // as 16
        1065, // a learner with the front of the log refused the present leader
        2035309, // a power loss asked for while its node was down came after the faults had ended: the simulator's own
        1502, // health was declared while a follower still fetched a snapshot: the simulator's own
        1909, // two newcomers under ids of the first voters elected each other in the old membership at the front of
        // the log
        2360, // as 1909
        350, // whoever knew only an old membership refused a leader that had joined later, for ever
        50165, // as 350
        288, // a newcomer whose taking-in was cut with its leader never asked again
        50449, // as 350: a node away for long found no leader that it knew
        543, // as 350: a newcomer under an old id kept asking the members of the beginning for pre-votes
        300048, // a joint step was taken back: who had only the step could not win, and who knew better did not stand
        315519, // as 300048
        302198, // a cut took the sync mark with it that proved a damaged entry to have been durable
        323427, // as 302198
        301445, // an answer to an older leader, of an entry that was never written: right, the check was too strict
        100402894, // the only voter to be campaigned as it restarted, within the lease of the leader that left
        400657, // a newcomer that restarted with a log in which it was no member did not ask again
        334208, // as 400657
        100402994, // as 400657
        600008410, // a founder without data was elected by a newcomer that had none yet
        317876, // a slow fetch was sent to a newer snapshot again and again
        328582, // as 317876
        500875, // a storage that was to join voted under the id of one that had been removed: a second cluster
        400181, // health was declared with a promotion to come that took another voter's place: the simulator's own
        408213, // the time to catch up did not count the history in a snapshot: the simulator's own
        322869, // a retired machine was taken in, since it had asked again before: the simulator's own
        620014473, // damage in front of a sync mark that was torn itself: right to be cut, the simulator took the mark
        // for proof
        208743717224L, // a cut whose sync had failed left what was cut off on the disk, which the restart did not cut
        // again
        208743726078L, // a moment in the midst of a cut without the sync mark that damage before it needs
        620004692, // requests to join of two storages of one node threw each other out
        208743727093L, // a revision with several changes fills the history sooner than the simulator counted: its own
        208843730947L, // a follower fell behind the log as the load ended, and fetched a snapshot slowly: the
        // simulator's own
        800005936, // a sync mark that had rotted was the last one after a cut, and what followed it passed for torn
        700017444, // a newcomer was lost and the only voter restarted in the joint step that needs both
        700023108, // likewise
        800029758, // likewise
        700032159, // a read through a machine that came back after health was declared: the simulator's own
        76861392057L, // a leader committed, found its log rotten and broke down in one turn: the simulator's own
        76861489540L, // a read whose every answer came after it was asked again, and was ignored
        76861496480L, // the disk failed for a moment as a node closed: the simulator's own
        10536, // a sync of the watch history that had failed was taken for done by the next one
        303592, // pre-votes judged by a later membership, since the disk was slow: the simulator's own
    };

    private KeptSeeds() {}
}
