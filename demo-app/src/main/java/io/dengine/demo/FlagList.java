package io.dengine.demo;

import java.util.List;

/**
 * All flags at one moment.
 *
 * @param revision the store revision they were read at
 * @param flags the flags by name, ascending
 */
record FlagList(long revision, List<Flag> flags) {}
