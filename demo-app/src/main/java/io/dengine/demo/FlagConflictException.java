package io.dengine.demo;

import org.jspecify.annotations.Nullable;

/** The flag is no longer what the caller saw. Nothing was changed. */
final class FlagConflictException extends RuntimeException {

    private final transient @Nullable Flag current;

    /**
     * @param name the flag's name
     * @param current the flag as it is, or null if it does not exist
     */
    FlagConflictException(String name, @Nullable Flag current) {
        super(
                current == null
                        ? "The flag " + name + " no longer exists."
                        : "The flag " + name + " was changed by somebody else: it is at revision " + current.revision()
                                + " now.");
        this.current = current;
    }

    @Nullable
    Flag current() {
        return current;
    }
}
