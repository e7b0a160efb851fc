package io.dengine.sim;

import io.dengine.raft.PlantedRaft;

/** What can be made wrong on purpose, to prove that the simulator sees it. */
enum PlantedBug {
    NONE(null),
    /** Term and vote stay in memory. */
    VOTE_NOT_PERSISTED(null),
    /** The same, and the check of what a restarted node finds on its disk is off: only a second vote can show it. */
    VOTE_FORGOTTEN(null),
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
    FORWARDED_TWICE(null),
    /** The reach of the watches' past is not made durable before the log lets go of it. */
    HISTORY_NOT_SYNCED(null),
    /** After a restart nobody remembers what is to expire. */
    DEADLINES_FORGOTTEN(null),
    /** The state is called flushed and is not. */
    FLUSH_DOES_NOTHING(null),
    /** A damaged log is cut where the damage begins, and the node goes on with the rest. */
    DAMAGE_CUT_OFF(null),
    /** A damaged message is taken for what it says. */
    DAMAGED_MESSAGE_TAKEN(null),
    /** A clock runs outside the bound, and leases are believed all the same. */
    DRIFT_DENIED(null),
    /** Peers take any storage for that of the node it claims to be. */
    WIPED_NODE_BELIEVED(null),
    /** A snapshot comes with the members of the beginning. */
    SNAPSHOT_FORGETS_MEMBERS(null),
    /** Nobody compares the replicas' states. */
    STATE_NOT_COMPARED(null),
    /** The log goes on as it was behind a snapshot that it does not hold the end of. */
    LOG_NOT_RESTARTED(null),
    SKIP_JOINT(PlantedRaft.Bug.SKIP_JOINT),
    KEEP_CUT_MEMBERSHIP(PlantedRaft.Bug.KEEP_CUT_MEMBERSHIP),
    CHANGE_EARLY(PlantedRaft.Bug.CHANGE_EARLY),
    COUNT_LEARNERS(PlantedRaft.Bug.COUNT_LEARNERS),
    LEAD_UNHEARD(PlantedRaft.Bug.LEAD_UNHEARD);

    private final PlantedRaft.Bug inRaft;

    PlantedBug(PlantedRaft.Bug inRaft) {
        this.inRaft = inRaft;
    }

    /** Turns a run towards where the bug shows. */
    Swarm profile(Swarm swarm) {
        direct(swarm);
        swarm.voters = Math.min(swarm.voters, swarm.nodes);
        if (swarm.churn == 0) {
            swarm.voters = swarm.nodes;
        }
        return swarm;
    }

    private void direct(Swarm swarm) {
        switch (this) {
            case LEASE_FROM_RECEIPT -> {
                swarm.calm();
                swarm.nodes = 3;
                swarm.cut = 4;
                swarm.pause = 1;
                swarm.calmNanos = 40 * Swarm.MILLI;
                swarm.aimAtLeader = 0.8;
                swarm.slowMessage = 0.1;
            }
            // A voter that comes back at once, while the other candidate of that term still asks and the first is cut
            // off.
            case VOTE_FORGOTTEN -> {
                swarm.calm();
                swarm.nodes = 5;
                swarm.kill = 3;
                swarm.cut = 3;
                swarm.calmNanos = 10 * Swarm.MILLI;
                swarm.downNanos = 2 * Swarm.MILLI;
                swarm.loss = 0.2;
                swarm.aimAtLeader = 0.5;
            }
            // Elections while the old leader is well: a follower that alone does not hear it, and few heartbeats to
            // tell it.
            case BREAK_PROMISE -> {
                swarm.calm();
                swarm.nodes = 3;
                swarm.cut = 4;
                swarm.pause = 1;
                swarm.calmNanos = 40 * Swarm.MILLI;
                swarm.aimAtLeader = 0.8;
                swarm.heartbeatNanos = 30 * Swarm.MILLI;
                swarm.delayNanos = Swarm.MILLI / 10;
                swarm.syncNanos = Swarm.MILLI / 10;
                swarm.slowMessage = 0;
            }
            case VOTE_STALE_LOG, COMMIT_OLDER_TERM, UNCONFIRMED_READ, COUNT_UNSYNCED -> {
                swarm.nodes = Math.max(3, swarm.nodes);
                swarm.cut = 4;
            }
            case FORWARDED_TWICE -> {
                swarm.nodes = Math.max(3, swarm.nodes);
                swarm.repeat = 0.2;
            }
            case DAMAGE_CUT_OFF -> {
                swarm.nodes = Math.max(3, swarm.nodes);
                swarm.rot = 3;
            }
            case DAMAGED_MESSAGE_TAKEN -> {
                swarm.nodes = Math.max(3, swarm.nodes);
                swarm.corrupt = 0.05;
            }
            // A leader with a slow clock, cut off while a quorum still counts on its lease.
            case DRIFT_DENIED -> {
                swarm.calm();
                swarm.nodes = 3;
                swarm.cut = 4;
                swarm.calmNanos = 40 * Swarm.MILLI;
                swarm.aimAtLeader = 0.9;
                swarm.wildClock = 1;
                swarm.wildDriftPpm = -400_000;
                swarm.delayNanos = Swarm.MILLI / 10;
            }
            case WIPED_NODE_BELIEVED -> {
                swarm.voters = 3;
                swarm.nodes = 5;
                swarm.churn = 10;
                swarm.losesDisks = true;
            }
            case SKIP_JOINT, COUNT_LEARNERS, CHANGE_EARLY -> {
                swarm.voters = 3;
                swarm.nodes = 5;
                swarm.churn = 10;
                swarm.aimAtLeader = 0.9;
            }
            case KEEP_CUT_MEMBERSHIP -> {
                swarm.losesDisks = false;
                swarm.voters = 3;
                swarm.nodes = 5;
                swarm.churn = 10;
                swarm.cut = 4;
                swarm.transfer = 1;
                swarm.calmNanos = 20 * Swarm.MILLI;
                swarm.aimAtLeader = 0.9;
            }
            case LEAD_UNHEARD -> {
                swarm.nodes = Math.max(3, swarm.nodes);
                swarm.cut = 4;
                swarm.aimAtLeader = 0.9;
            }
            case SNAPSHOT_FORGETS_MEMBERS, LOG_NOT_RESTARTED -> {
                swarm.voters = 3;
                swarm.nodes = 5;
                swarm.churn = 3;
                swarm.crash = 3;
                swarm.valueBytes = 20_000;
                swarm.purgeEntries = 5;
                swarm.snapshotBytesPerSecond = 1 << 30;
                swarm.readShare = 0.2;
                swarm.downNanos = 300 * Swarm.MILLI;
            }
            case STATE_NOT_COMPARED -> {
                swarm.nodes = Math.max(3, swarm.nodes);
                swarm.churn = 0;
                swarm.rot = 0;
                swarm.stateRot = 3;
            }
            case HISTORY_NOT_SYNCED, DEADLINES_FORGOTTEN, FLUSH_DOES_NOTHING -> {
                swarm.crash = 3;
                swarm.spontaneousFlush = 0.2;
                swarm.ttlShare = 0.6;
            }
            default -> swarm.crash = Math.max(1, swarm.crash);
        }
    }

    /** Returns the broken rule of the core, or null where the bug is elsewhere. */
    PlantedRaft.Bug inRaft() {
        return inRaft;
    }
}
