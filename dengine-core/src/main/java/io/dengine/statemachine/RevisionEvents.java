package io.dengine.statemachine;

import io.dengine.api.WatchEvent;
import java.util.List;

/**
 * Every change of one revision.
 *
 * @param revision the store revision
 * @param events its changes in the order of application, each with the previous value; unmodifiable, never empty
 */
public record RevisionEvents(long revision, List<WatchEvent> events) {}
