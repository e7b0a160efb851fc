package io.dengine.demo;

/**
 * The JSON kept under {@code /flags/<name>}.
 *
 * @param enabled whether the flag is on
 * @param description what it is for
 * @param rollout percent of users, 0 to 100
 * @param deleted whether the flag is gone and its key only waits for its TTL, see {@link FlagStore#delete}
 */
record StoredFlag(boolean enabled, String description, int rollout, boolean deleted) {

    static final StoredFlag DELETED = new StoredFlag(false, "", 0, true);
}
