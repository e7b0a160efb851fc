package io.dengine.sim;

import io.dengine.raft.PlantedRaft;

/** What can be made wrong on purpose, to prove that the simulator sees it. */
enum PlantedBug {
    NONE(null),
    /** Term and vote stay in memory. */
    VOTE_NOT_PERSISTED(null),
    /** Forces of the log's files do nothing. */
    ACK_BEFORE_FSYNC(null),
    /** New and deleted names in the log's directory are not made durable. */
    DIRECTORY_NOT_SYNCED(null),
    COMMIT_OLDER_TERM(PlantedRaft.Bug.COMMIT_OLDER_TERM),
    UNCONFIRMED_READ(PlantedRaft.Bug.UNCONFIRMED_READ),
    COUNT_UNSYNCED(PlantedRaft.Bug.COUNT_UNSYNCED),
    VOTE_STALE_LOG(PlantedRaft.Bug.VOTE_STALE_LOG),
    LEASE_FROM_RECEIPT(PlantedRaft.Bug.LEASE_FROM_RECEIPT),
    BREAK_PROMISE(PlantedRaft.Bug.BREAK_PROMISE),
    /** Each node expires keys by its own clock. */
    TTL_BY_LOCAL_CLOCK(null),
    /** A watch that resumes starts one revision too late. */
    WATCH_GAP(null),
    /** The network repeats forwarded writes, which the engine relies on it not to do. */
    FORWARDED_TWICE(null);

    private final PlantedRaft.Bug inRaft;

    PlantedBug(PlantedRaft.Bug inRaft) {
        this.inRaft = inRaft;
    }

    /** Turns a run towards where the bug shows. */
    Swarm profile(Swarm swarm) {
        switch (this) {
            case LEASE_FROM_RECEIPT, BREAK_PROMISE -> {
                swarm.nodes = Math.max(3, swarm.nodes);
                swarm.cut = 4;
                swarm.slowMessage = 0.05;
            }
            case VOTE_STALE_LOG, COMMIT_OLDER_TERM, UNCONFIRMED_READ, COUNT_UNSYNCED -> {
                swarm.nodes = Math.max(3, swarm.nodes);
                swarm.cut = 4;
            }
            case FORWARDED_TWICE -> {
                swarm.nodes = Math.max(3, swarm.nodes);
                swarm.repeat = 0.2;
            }
            default -> swarm.crash = Math.max(1, swarm.crash);
        }
        return swarm;
    }

    /** Returns the broken rule of the core, or null where the bug is elsewhere. */
    PlantedRaft.Bug inRaft() {
        return inRaft;
    }
}
