package io.dengine.node;

import io.dengine.raft.Raft;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a node whose disk stands still from leading. Such a leader's heartbeats would hold its followers, while it
 * answers no write: it applies only what it has durably; it hands over. Such a follower does not campaign: its own vote
 * could not become durable, and its campaigns would only disturb. Health says so until the write under way has ended.
 * Not thread-safe: the event loop's.
 */
final class StallWatch {

    private static final Logger log = LoggerFactory.getLogger(StallWatch.class);

    private final Raft raft;
    private final LogWriter logWriter;
    private final long patienceNanos;
    private final CampaignPause campaigns;
    private final PublishedState published;
    /** When the write began that stalls; {@link Long#MAX_VALUE} for none. */
    private long stalledSinceNanos = Long.MAX_VALUE;

    /**
     * @param patienceNanos how long one write may take
     */
    StallWatch(Raft raft, LogWriter logWriter, long patienceNanos, CampaignPause campaigns, PublishedState published) {
        this.raft = raft;
        this.logWriter = logWriter;
        this.patienceNanos = patienceNanos;
        this.campaigns = campaigns;
        this.published = published;
    }

    /** Called again and again: a hand-over that finds no successor is given up by the core after a while. */
    void look(long nowNanos) {
        long sinceNanos = logWriter.writingSinceNanos();
        boolean stalled = nowNanos - sinceNanos >= patienceNanos;
        if (!stalled) {
            recover();
            return;
        }
        if (stalledSinceNanos != sinceNanos) {
            stalledSinceNanos = sinceNanos;
            log.warn(
                    "node {}: its disk has not finished a write within {} ms; it does not lead or campaign until it has",
                    raft.self(),
                    TimeUnit.NANOSECONDS.toMillis(nowNanos - sinceNanos));
        }
        campaigns.stalled(true);
        published.diskStalled("the disk has not finished a write for "
                + TimeUnit.NANOSECONDS.toSeconds(nowNanos - sinceNanos) + " s");
        raft.transferLeadership(null);
    }

    private void recover() {
        if (stalledSinceNanos != Long.MAX_VALUE) {
            stalledSinceNanos = Long.MAX_VALUE;
            log.info("node {}: its disk moves again", raft.self());
            campaigns.stalled(false);
            published.diskStalled("");
        }
    }
}
