package io.dengine.raft;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.Envelope;
import io.dengine.raft.message.RaftMessage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects effects until the driver takes them. */
final class Outbox {

    private List<Envelope> sendNow = new ArrayList<>();
    private List<Envelope> sendAfterAppend = new ArrayList<>();
    private List<Ready.ConfirmedRead> reads = new ArrayList<>();
    private List<Long> failedReads = new ArrayList<>();
    private List<Notice> notices = new ArrayList<>();
    private Ready.@Nullable Restore restore;

    /** For what promises nothing. */
    void sendNow(NodeId to, RaftMessage message) {
        sendNow.add(new Envelope(to, message));
    }

    /** For what holds only once everything before it is durable. */
    void sendAfterAppend(NodeId to, RaftMessage message) {
        sendAfterAppend.add(new Envelope(to, message));
    }

    void confirmRead(long readId, long index) {
        reads.add(new Ready.ConfirmedRead(readId, index));
    }

    void failRead(long readId) {
        failedReads.add(readId);
    }

    void notice(Notice notice) {
        notices.add(notice);
    }

    void restore(Ready.Restore effect) {
        if (restore != null) {
            throw new IllegalStateException(restore + " was not taken before " + effect);
        }
        restore = effect;
    }

    boolean isEmpty() {
        return restore == null
                && sendNow.isEmpty()
                && sendAfterAppend.isEmpty()
                && reads.isEmpty()
                && failedReads.isEmpty()
                && notices.isEmpty();
    }

    Ready take(@Nullable HardState hardState, List<Entry> append, List<Entry> committed) {
        Ready ready = new Ready(
                hardState,
                restore,
                append,
                Collections.unmodifiableList(sendNow),
                Collections.unmodifiableList(sendAfterAppend),
                committed,
                Collections.unmodifiableList(reads),
                Collections.unmodifiableList(failedReads),
                Collections.unmodifiableList(notices));
        restore = null;
        sendNow = new ArrayList<>();
        sendAfterAppend = new ArrayList<>();
        reads = new ArrayList<>();
        failedReads = new ArrayList<>();
        notices = new ArrayList<>();
        return ready;
    }
}
