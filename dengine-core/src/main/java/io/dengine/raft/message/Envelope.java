package io.dengine.raft.message;

import io.dengine.raft.membership.NodeId;

/**
 * A message with its addressee.
 *
 * @param to whom it is for
 * @param message what it says
 */
public record Envelope(NodeId to, RaftMessage message) {}
