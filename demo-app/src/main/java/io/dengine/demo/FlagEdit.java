package io.dengine.demo;

import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A flag as a caller wants it; unchecked until {@link #content}. The body of a PUT, and one entry of an import file.
 *
 * @param name only in an import file; a PUT has it in its path
 * @param enabled whether the flag is to be on; required
 * @param description up to 500 characters; default none
 * @param rollout percent of users, 0 to 100; default 100
 * @param revision the revision the caller saw, 0 for a new flag; required in a PUT, default 0 in an import
 */
record FlagEdit(
        @Nullable String name,
        @Nullable Boolean enabled,
        @Nullable String description,
        @Nullable Integer rollout,
        @Nullable Long revision) {

    static final int MAX_DESCRIPTION_LENGTH = 500;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /** Paths of the REST interface, which a flag's own path must not hide behind. */
    private static final Set<String> RESERVED = Set.of("import", "stream");

    static String checkedName(@Nullable String name) {
        if (name == null || !NAME.matcher(name).matches()) {
            throw new InvalidFlagException(
                    "name",
                    "A name has 1 to 64 letters, digits, dots, dashes and underscores, and starts with a letter or digit.");
        }
        if (RESERVED.contains(name)) {
            throw new InvalidFlagException("name", "The name " + name + " is taken by the flags API itself.");
        }
        return name;
    }

    StoredFlag content() {
        if (enabled == null) {
            throw new InvalidFlagException("enabled", "Say whether the flag is enabled: true or false.");
        }
        String text = description == null ? "" : description.strip();
        if (text.length() > MAX_DESCRIPTION_LENGTH) {
            throw new InvalidFlagException(
                    "description", "A description has at most " + MAX_DESCRIPTION_LENGTH + " characters.");
        }
        int percent = rollout == null ? 100 : rollout;
        if (percent < 0 || percent > 100) {
            throw new InvalidFlagException("rollout", "A rollout is a whole percentage from 0 to 100.");
        }
        return new StoredFlag(enabled, text, percent, false);
    }

    long requiredRevision() {
        if (revision == null) {
            throw new InvalidFlagException(
                    "revision", "Give the revision of the flag that you saw, or 0 to create a new flag.");
        }
        return checkedRevision(revision);
    }

    long revisionOrNew() {
        return revision == null ? 0 : checkedRevision(revision);
    }

    static long checkedRevision(long revision) {
        if (revision < 0) {
            throw new InvalidFlagException("revision", "A revision is 0 or above.");
        }
        return revision;
    }
}
