package io.dengine.statemachine;

import io.dengine.command.CommandResult;
import io.dengine.raft.entry.EntryId;
import org.jspecify.annotations.Nullable;

/**
 * What one applied entry answered.
 *
 * @param entry the entry
 * @param result the answer of its command; null for an entry without one
 */
public record ApplyResult(EntryId entry, @Nullable CommandResult result) {}
