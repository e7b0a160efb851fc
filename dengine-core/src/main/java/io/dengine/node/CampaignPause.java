package io.dengine.node;

import io.dengine.raft.Raft;

/** Keeps this node from campaigning while there is any reason to. Not thread-safe: the event loop's. */
final class CampaignPause {

    private final Raft raft;
    private boolean stalled;
    private boolean quarantined;

    CampaignPause(Raft raft) {
        this.raft = raft;
    }

    /** The disk stands still, or moves again. */
    void stalled(boolean is) {
        if (stalled != is) {
            stalled = is;
            raft.pauseCampaigns(stalled || quarantined);
        }
    }

    /** The state cannot be trusted, or can be again. */
    void quarantined(boolean is) {
        if (quarantined != is) {
            quarantined = is;
            raft.pauseCampaigns(stalled || quarantined);
        }
    }
}
