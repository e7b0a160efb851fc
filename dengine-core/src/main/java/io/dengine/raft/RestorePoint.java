package io.dengine.raft;

import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;

/**
 * What the log may start behind: the end of a snapshot (Raft paper, section 7).
 *
 * @param last the last entry in the snapshot, which is committed
 * @param clusterTimeMillis the cluster time of that entry
 * @param membership the newest membership up to that entry
 */
public record RestorePoint(EntryId last, long clusterTimeMillis, Membership membership) {}
