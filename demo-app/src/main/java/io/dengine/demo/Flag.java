package io.dengine.demo;

/**
 * A flag as callers see it.
 *
 * @param name the part of its key below {@code /flags/}
 * @param enabled whether it is on
 * @param description what it is for
 * @param rollout the share of users it is on for, in percent, 0 to 100
 * @param revision the store revision of its last change: what an editor sends back to show which version it saw
 */
record Flag(String name, boolean enabled, String description, int rollout, long revision) {

    static Flag of(String name, StoredFlag stored, long revision) {
        return new Flag(name, stored.enabled(), stored.description(), stored.rollout(), revision);
    }
}
