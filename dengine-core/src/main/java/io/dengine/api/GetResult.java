package io.dengine.api;

import org.jspecify.annotations.Nullable;

/**
 * One key, read at one revision.
 *
 * @param revision the store revision the key was read at
 * @param entry the key as it was, or null if it did not exist
 */
public record GetResult(long revision, @Nullable KeyValue entry) {}
