package io.dengine.demo;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of each flag in an import file; every entry is in exactly one list.
 *
 * @param imported the flags written
 * @param unchanged names of flags that were already as the file has them
 * @param conflicting flags left alone, since they exist and the file does not name their present revision: as they are
 *     now, or only the name if they are gone
 * @param invalid entries that break a rule
 * @param unfinished entries the store gave no answer on, or that were not tried after that; importing the file again is
 *     safe
 */
record ImportReport(
        List<Flag> imported,
        List<String> unchanged,
        List<Conflict> conflicting,
        List<Flaw> invalid,
        List<Unfinished> unfinished) {

    /**
     * A flag that was not overwritten.
     *
     * @param name the flag's name
     * @param current the flag as it is; null if it does not exist
     */
    record Conflict(String name, @Nullable Flag current) {}

    /**
     * An entry that is not a flag.
     *
     * @param position the entry's place in the file, from 1
     * @param name its name, if it has one
     * @param reason the rule it breaks
     */
    record Flaw(int position, @Nullable String name, String reason) {}

    /**
     * An entry without an outcome.
     *
     * @param name the flag's name
     * @param reason why
     */
    record Unfinished(String name, String reason) {}
}
