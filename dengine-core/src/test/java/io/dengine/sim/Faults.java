package io.dengine.sim;

import java.util.EnumMap;
import java.util.Map;
import java.util.StringJoiner;

/** Counts what was done to the cluster and what came of it, so that a run can prove that its faults bit. */
final class Faults {

    /** The kinds. */
    enum Kind {
        CRASH,
        KILL,
        CRASH_OF_ALL,
        POWER_LOSS_IN_WRITE,
        CRASH_IN_RECOVERY,
        RESTART_WITH_STATE,
        UNSYNCED_LOST,
        TORN_WRITE(1),
        WRITE_LOST,
        WRITE_TORN,
        SIZE_WITHOUT_DATA,
        NAME_LOST,
        SYNC_FAILED,
        NO_SPACE,
        BIT_ROT,
        STATE_ROT,
        STATE_CURED,
        READ_EXCUSED,
        ROT_REFUSED(0),
        DISK_FAILURE,
        FULL_DISK,
        CLOSE,
        SLOW_DISK,
        PAUSE,
        STALL,
        ISOLATED_NODE,
        HALVES,
        ONE_WAY_CUT,
        PAIR_CUT,
        BRIDGE,
        RING,
        CUT_NOTICED,
        MESSAGE_CUT,
        MESSAGE_LOST,
        MESSAGE_REPEATED,
        MESSAGE_OVERTAKEN,
        MESSAGE_CORRUPTED,
        CONNECTION_BROKEN,
        WILD_CLOCK(20),
        TRANSFER,
        LEADER,
        ENTRIES_CUT,
        PURGE,
        JOIN_STARTED,
        WIPED,
        SET_ASIDE(20),
        RETIRED(20),
        ORDER_DONE,
        ORDER_FAILED,
        JOINT_ENTERED,
        JOINT_LEFT,
        LEARNERS_CHANGED,
        SNAPSHOT_TAKEN,
        SNAPSHOT_INSTALLED,
        SENDER_STRUCK,
        LEADER_STRUCK_AS_IT_SENDS,
        CRASH_IN_INSTALL(20),
        RESTART_UNCHECKED(20),
        LOG_RESTARTED,
        FLUSH,
        EXPIRY,
        WATCH_COMPACTED,
        WATCH_RESUMED,
        WRITE_REFUSED,
        WRITE_INDETERMINATE,
        WRITE_ACKNOWLEDGED,
        CAS_MISMATCH,
        READ_ANSWERED,
        LEASE_READ_AT_LEADER,
        READ_REFUSED,
        CALL_JUDGED,
        KEY_SEARCHED,
        KEY_UNDECIDED(0);

        private final long leastInGate;

        Kind() {
            this(50);
        }

        Kind(long leastInGate) {
            this.leastInGate = leastInGate;
        }

        /** Returns how often it has to strike in the gate's runs. */
        long leastInGate() {
            return leastInGate;
        }
    }

    /** Each kind's number, in an array of one. */
    private final Map<Kind, long[]> counts = new EnumMap<>(Kind.class);

    Faults() {
        for (Kind kind : Kind.values()) {
            counts.put(kind, new long[1]);
        }
    }

    void count(Kind kind) {
        add(kind, 1);
    }

    void add(Kind kind, long number) {
        counts.get(kind)[0] += number;
    }

    void addAll(Faults others) {
        for (Kind kind : Kind.values()) {
            add(kind, others.of(kind));
        }
    }

    long of(Kind kind) {
        return counts.get(kind)[0];
    }

    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(", ");
        for (Kind kind : Kind.values()) {
            text.add(kind + " " + of(kind));
        }
        return text.toString();
    }
}
