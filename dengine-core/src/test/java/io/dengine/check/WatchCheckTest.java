package io.dengine.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchRequest;
import io.dengine.statemachine.RevisionEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A right watch passes; each way to bend one is caught, and by the promise it breaks. */
class WatchCheckTest {

    private static final int RIGHT_SESSIONS = 150;
    /** Among so many there is occasion enough for every corruption. */
    private static final int SESSIONS = 400;

    private static final int CORRUPTED_OF_A_KIND = 20;

    private static List<RevisionEvents> committed(long seed) {
        return HistoryGenerator.of(seed, 3, 40).committed();
    }

    /** What a right watch is told, with progress now and then. */
    private static WatchSession session(long seed, List<RevisionEvents> committed) {
        RandomGenerator random = new SplittableRandom(seed);
        WatchRequest request = switch (random.nextInt(3)) {
            case 0 -> WatchRequest.key(ByteSequence.of("a/0"));
            case 1 -> WatchRequest.prefix(ByteSequence.of("a/"));
            default -> WatchRequest.prefix(ByteSequence.EMPTY);
        };
        long start = 1L + random.nextInt(20);
        request = random.nextBoolean() ? request.withFromRevision(start) : request;
        request = random.nextBoolean() ? request.withPreviousValue() : request;
        List<WatchDelivery> deliveries = new ArrayList<>();
        for (RevisionEvents change : committed) {
            WatchRequest asked = request;
            List<WatchEvent> events = change.events().stream()
                    .filter(event -> asked.matches(event.key()))
                    .map(event -> asked.previousValue() ? event : event.withoutPrevious())
                    .toList();
            if (change.revision() >= start && !events.isEmpty()) {
                deliveries.add(new WatchDelivery.Events(change.revision(), events));
            }
            if (change.revision() >= start && random.nextInt(10) == 0) {
                deliveries.add(new WatchDelivery.Progress(change.revision()));
            }
        }
        return new WatchSession(request, start, deliveries, 1 + committed.size());
    }

    @Test
    void rightWatchesPass() {
        for (long seed = 0; seed < RIGHT_SESSIONS; seed++) {
            List<RevisionEvents> committed = committed(seed);
            assertThat(WatchCheck.check(session(seed, committed), committed))
                    .as("seed %d", seed)
                    .isEmpty();
        }
    }

    @Test
    void aWatchMayEndWhereTheHistoryIsReallyGone() {
        WatchSession session = new WatchSession(
                WatchRequest.prefix(ByteSequence.EMPTY).withFromRevision(5),
                5,
                List.of(new WatchDelivery.Compacted(6)),
                20);

        assertThat(WatchCheck.check(session, committed(1))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void bentWatchesAreCaught(WatchCorruption corruption) {
        int corrupted = 0;
        for (long seed = 0; corrupted < CORRUPTED_OF_A_KIND; seed++) {
            assertThat(seed).as("occasions for %s", corruption).isLessThan(SESSIONS);
            List<RevisionEvents> committed = committed(seed);
            WatchSession bent = corruption.corrupt(session(seed, committed), new SplittableRandom(seed));
            if (bent != null) {
                assertThat(WatchCheck.check(bent, committed))
                        .as("seed %d, %s", seed, bent.request())
                        .extracting(Breach::rule)
                        .contains(corruption.broken);
                corrupted++;
            }
        }
    }
}
