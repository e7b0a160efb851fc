package io.dengine.demo;

import io.dengine.spring.core.CompareAndSetOutcome;
import io.dengine.spring.core.CoordinationTemplate;
import io.dengine.spring.core.Versioned;
import io.dengine.spring.core.VersionedPage;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The flags in dengine, one key each. Every write names the revision its author saw, so of two editors only the first
 * gets through. Thread-safe.
 */
@Component
final class FlagStore {

    static final String PREFIX = "/flags/";

    /** The most flags listed; more than any page can show. */
    static final int MAX_LISTED = 10_000;

    private static final Duration TOMBSTONE_TTL = Duration.ofSeconds(1);

    private final CoordinationTemplate template;

    FlagStore(CoordinationTemplate template) {
        this.template = template;
    }

    FlagList list() {
        VersionedPage<StoredFlag> page = template.opsForValue().scan(PREFIX, MAX_LISTED, StoredFlag.class);
        List<Flag> flags = page.entries().stream()
                .filter(entry -> !entry.value().deleted())
                .map(FlagStore::flag)
                .toList();
        return new FlagList(page.revision(), flags);
    }

    boolean hasAny() {
        return !list().flags().isEmpty();
    }

    /** Returns the flag, or null if there is none. */
    @Nullable
    Flag find(String name) {
        return existing(template.opsForValue().get(PREFIX + name, StoredFlag.class));
    }

    /**
     * Writes a flag that nobody changed since {@code seenRevision}.
     *
     * @param seenRevision the revision of the flag that the author saw; 0 to create it
     * @throws FlagConflictException if the flag is not, or no longer, at that revision
     */
    Flag put(String name, StoredFlag content, long seenRevision) {
        long expected = seenRevision;
        while (true) {
            CompareAndSetOutcome<StoredFlag> outcome =
                    template.opsForValue().compareAndSet(PREFIX + name, expected, content);
            if (outcome.succeeded()) {
                return Flag.of(name, content, outcome.revision());
            }
            Versioned<StoredFlag> found = outcome.current();
            if (seenRevision != 0 || existing(found) != null) {
                throw new FlagConflictException(name, existing(found));
            }
            // A new flag may take the place of a deleted one whose key still stands, or of one that has just expired.
            expected = found == null ? 0 : found.modRevision();
        }
    }

    /**
     * Deletes a flag that nobody changed since {@code seenRevision}.
     *
     * <p>The store has no conditional delete, and to read, compare and then delete would lose a change made in between.
     * So this writes, on that condition, a value that says "deleted" and has a TTL: from then on the flag is gone for
     * every reader, and the key soon follows.
     *
     * @throws UnknownFlagException if there is no such flag
     * @throws FlagConflictException if the flag is not at that revision
     */
    void delete(String name, long seenRevision) {
        if (seenRevision == 0) {
            Flag current = find(name);
            throw current == null ? new UnknownFlagException(name) : new FlagConflictException(name, current);
        }
        CompareAndSetOutcome<StoredFlag> outcome =
                template.opsForValue().compareAndSet(PREFIX + name, seenRevision, StoredFlag.DELETED, TOMBSTONE_TTL);
        if (!outcome.succeeded()) {
            Flag current = existing(outcome.current());
            throw current == null ? new UnknownFlagException(name) : new FlagConflictException(name, current);
        }
    }

    private static @Nullable Flag existing(@Nullable Versioned<StoredFlag> entry) {
        return entry == null || entry.value().deleted() ? null : flag(entry);
    }

    private static Flag flag(Versioned<StoredFlag> entry) {
        return Flag.of(entry.key().substring(PREFIX.length()), entry.value(), entry.modRevision());
    }
}
