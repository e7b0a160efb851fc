package io.dengine.check;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.api.WatchEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Ways to make what a watch was told wrong. Each bends one thing, or gives null where there is no occasion. */
enum WatchCorruption {
    /** A delivery that has others before and behind it is left out. */
    GAP(Rule.WATCH_RELIABLE) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            List<Integer> events = positions(session, any -> true);
            if (events.size() < 3) {
                return null;
            }
            List<WatchDelivery> bent = withoutProgress(session);
            bent.remove(1 + random.nextInt(bent.size() - 2));
            return with(session, bent);
        }
    },
    /** The first delivery is left out. */
    LATE_START(Rule.WATCH_RESUMABLE) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            List<WatchDelivery> bent = withoutProgress(session);
            if (bent.size() < 2) {
                return null;
            }
            bent.remove(0);
            return with(session, bent);
        }
    },
    /** It begins later than it was asked to. */
    WRONG_START(Rule.WATCH_RESUMABLE) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            return session.request().fromRevision() == 0
                    ? null
                    : new WatchSession(
                            session.request(), session.startRevision() + 1, session.deliveries(), session.completeTo());
        }
    },
    /** The last delivery, which somebody waited for, never comes. */
    NEVER_COMPLETE(Rule.WATCH_RELIABLE) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            List<WatchDelivery> bent = withoutProgress(session);
            if (bent.isEmpty()) {
                return null;
            }
            bent.remove(bent.size() - 1);
            return with(session, bent);
        }
    },
    /** A delivery comes again at once. */
    TWICE(Rule.WATCH_UNIQUE) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            List<WatchDelivery> bent = withoutProgress(session);
            if (bent.isEmpty()) {
                return null;
            }
            int position = random.nextInt(bent.size());
            bent.add(position, bent.get(position));
            return with(session, bent);
        }
    },
    /** Two deliveries change places. */
    REORDERED(Rule.WATCH_ORDERED) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            List<WatchDelivery> bent = withoutProgress(session);
            if (bent.size() < 2) {
                return null;
            }
            int position = random.nextInt(bent.size() - 1);
            bent.add(position, bent.remove(position + 1));
            return with(session, bent);
        }
    },
    /** The changes of one revision come in two deliveries. */
    SPLIT(Rule.WATCH_ATOMIC) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            for (int position : positions(session, events -> events.events().size() > 1)) {
                WatchDelivery.Events events =
                        (WatchDelivery.Events) session.deliveries().get(position);
                List<WatchDelivery> bent = new ArrayList<>(session.deliveries());
                List<WatchEvent> all = events.events();
                bent.set(position, new WatchDelivery.Events(events.revision(), all.subList(0, 1)));
                bent.add(position + 1, new WatchDelivery.Events(events.revision(), all.subList(1, all.size())));
                return with(session, bent);
            }
            return null;
        }
    },
    /** An event of a key comes that nobody watches. */
    FOREIGN(Rule.WATCH_FILTER) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            ByteSequence foreign = ByteSequence.of("z/foreign");
            return session.request().matches(foreign)
                    ? null
                    : bentEvent(
                            session,
                            random,
                            event -> true,
                            event ->
                                    new WatchEvent(event.type(), changed(event.entry(), foreign, 0), event.previous()));
        }
    },
    /** A key is said to have been changed once more than it was. */
    WRONG_VERSION(Rule.WATCH_CREATED) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            return bentEvent(
                    session,
                    random,
                    event -> event.type() == WatchEvent.Type.PUT,
                    event -> new WatchEvent(event.type(), changed(event.entry(), event.key(), 1), event.previous()));
        }
    },
    /** The previous value was asked for and is not there. */
    NO_PREVIOUS(Rule.WATCH_PREVIOUS) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            return bentEvent(session, random, event -> event.previous() != null, WatchEvent::withoutPrevious);
        }
    },
    /** The value is another one. */
    WRONG_VALUE(Rule.WATCH_CONTENT) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            return bentEvent(
                    session,
                    random,
                    event -> event.type() == WatchEvent.Type.PUT,
                    event -> new WatchEvent(
                            event.type(),
                            new KeyValue(
                                    event.key(),
                                    ByteSequence.of("phantom"),
                                    event.entry().createRevision(),
                                    event.entry().modRevision(),
                                    event.entry().version()),
                            event.previous()));
        }
    },
    /** Progress is told up to a revision just before its delivery. */
    HASTY_PROGRESS(Rule.WATCH_BOOKMARKABLE) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            List<Integer> events = positions(session, any -> true);
            if (events.isEmpty()) {
                return null;
            }
            int position = events.get(random.nextInt(events.size()));
            long revision = ((WatchDelivery.Events) session.deliveries().get(position)).revision();
            List<WatchDelivery> bent = new ArrayList<>(session.deliveries());
            bent.add(position, new WatchDelivery.Progress(revision));
            return with(session, bent);
        }
    },
    /** Progress is told beyond all that is committed. */
    PROGRESS_BEYOND(Rule.WATCH_UNCOMMITTED) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            List<WatchDelivery> bent = new ArrayList<>(session.deliveries());
            bent.add(new WatchDelivery.Progress(session.completeTo() + 1));
            return with(session, bent);
        }
    },
    /** A change comes that is not committed. */
    NOT_COMMITTED(Rule.WATCH_UNCOMMITTED) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            long revision = session.completeTo() + 1;
            KeyValue entry = new KeyValue(session.request().key(), ByteSequence.EMPTY, revision, revision, 1);
            List<WatchDelivery> bent = new ArrayList<>(session.deliveries());
            bent.add(new WatchDelivery.Events(revision, List.of(new WatchEvent(WatchEvent.Type.PUT, entry, null))));
            return with(session, bent);
        }
    },
    /** COMPACTED is told with an oldest revision that is not beyond what is due. */
    FALSE_COMPACTED(Rule.WATCH_COMPACTED) {
        @Override
        @Nullable
        WatchSession corrupt(WatchSession session, RandomGenerator random) {
            List<WatchDelivery> bent = new ArrayList<>(session.deliveries());
            bent.add(new WatchDelivery.Compacted(1 + random.nextLong(session.startRevision())));
            return with(session, bent);
        }
    };

    final Rule broken;

    WatchCorruption(Rule broken) {
        this.broken = broken;
    }

    /** Returns a session that breaks {@link #broken}, or null. */
    abstract @Nullable WatchSession corrupt(WatchSession session, RandomGenerator random);

    private static List<Integer> positions(WatchSession session, Predicate<WatchDelivery.Events> condition) {
        List<Integer> positions = new ArrayList<>();
        for (int i = 0; i < session.deliveries().size(); i++) {
            if (session.deliveries().get(i) instanceof WatchDelivery.Events events && condition.test(events)) {
                positions.add(i);
            }
        }
        return positions;
    }

    private static List<WatchDelivery> withoutProgress(WatchSession session) {
        List<WatchDelivery> events = new ArrayList<>(session.deliveries());
        events.removeIf(delivery -> delivery instanceof WatchDelivery.Progress);
        return events;
    }

    private static WatchSession with(WatchSession session, List<WatchDelivery> deliveries) {
        return new WatchSession(session.request(), session.startRevision(), deliveries, session.completeTo());
    }

    private static KeyValue changed(KeyValue entry, ByteSequence key, long versions) {
        return new KeyValue(
                key, entry.value(), entry.createRevision(), entry.modRevision(), entry.version() + versions);
    }

    /** Bends one event that {@code condition} holds for. */
    private static @Nullable WatchSession bentEvent(
            WatchSession session,
            RandomGenerator random,
            Predicate<WatchEvent> condition,
            UnaryOperator<WatchEvent> bend) {
        List<Integer> positions =
                positions(session, events -> events.events().stream().anyMatch(condition));
        if (positions.isEmpty()) {
            return null;
        }
        int position = positions.get(random.nextInt(positions.size()));
        WatchDelivery.Events delivery =
                (WatchDelivery.Events) session.deliveries().get(position);
        List<WatchEvent> events = new ArrayList<>(delivery.events());
        for (int i = 0; i < events.size(); i++) {
            if (condition.test(events.get(i))) {
                events.set(i, bend.apply(events.get(i)));
                break;
            }
        }
        List<WatchDelivery> bent = new ArrayList<>(session.deliveries());
        bent.set(position, new WatchDelivery.Events(delivery.revision(), events));
        return with(session, bent);
    }
}
