package io.dengine.spring.watch;

/** How far a watch has come; kept while it is stopped. Owned by the thread of the running loop. */
final class WatchPosition {

    /** The keys as the method knows them. */
    final WatchedKeys known = new WatchedKeys();

    /** The first revision not delivered yet. */
    long nextRevision;

    /** Whether the keys have been read once, so that changes are followed since. */
    boolean begun;

    /** Whether the keys must be read (again) before changes can be followed. */
    boolean readNeeded = true;
}
