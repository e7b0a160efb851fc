package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where one peer may be found, most likely first: what the membership says and what the peer announced, the newer of the
 * two first, then what the configuration says. Owned by the transport thread.
 */
final class PeerAddresses {

    private final @Nullable PeerAddress fallback;
    private @Nullable PeerAddress known;
    private @Nullable PeerAddress announced;
    private boolean announcedIsNewer;

    PeerAddresses(@Nullable PeerAddress fallback) {
        this.fallback = fallback;
    }

    /** Takes what the membership says, empty if nothing; returns whether that moves the peer. */
    boolean follow(String address) {
        PeerAddress next = parse(address);
        PeerAddress before = known;
        if (next == null || next.equals(before)) {
            return false;
        }
        known = next;
        announcedIsNewer = false;
        return before != null;
    }

    /** Takes what the peer says of itself. */
    void announced(PeerAddress address) {
        announced = address;
        announcedIsNewer = true;
    }

    /** Returns the address for an attempt, numbered from 0, or null if none is known. */
    @Nullable
    PeerAddress ofAttempt(int attempt) {
        List<PeerAddress> candidates = candidates();
        return candidates.isEmpty() ? null : candidates.get(attempt % candidates.size());
    }

    /** Returns for an attempt how often its address was tried before. */
    int roundOfAttempt(int attempt) {
        return attempt / Math.max(1, candidates().size());
    }

    private List<PeerAddress> candidates() {
        List<PeerAddress> candidates = new ArrayList<>();
        add(announcedIsNewer ? announced : known, candidates);
        add(announcedIsNewer ? known : announced, candidates);
        add(fallback, candidates);
        return candidates;
    }

    private static void add(@Nullable PeerAddress address, List<PeerAddress> candidates) {
        if (address != null && !candidates.contains(address)) {
            candidates.add(address);
        }
    }

    /** A membership may hold what no version of this code would write; the peer's own word then has to do. */
    private static @Nullable PeerAddress parse(String address) {
        try {
            return address.isEmpty() ? null : PeerAddress.parse(address);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
