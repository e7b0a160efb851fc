package io.dengine.command;

import io.dengine.api.KeyValue;
import org.jspecify.annotations.Nullable;

/**
 * What applying a command answered; the same on every replica.
 *
 * @param revision the store revision after the command
 * @param effective whether it changed the state: false for a delete of a missing key and a compare-and-set that did
 *     not match
 * @param current for a compare-and-set that did not match the key as it is, or null if it does not exist; else null
 */
public record CommandResult(
        long revision, boolean effective, @Nullable KeyValue current) {}
