package io.dengine.check;

import io.dengine.api.WatchEvent;
import java.util.List;

/** What a watch was told. */
public sealed interface WatchDelivery {

    /** Changes of one revision, all of them as the API promises. */
    record Events(long revision, List<WatchEvent> events) implements WatchDelivery {}

    /** Everything up to {@code revision} has been delivered. */
    record Progress(long revision) implements WatchDelivery {}

    /** What is due next is gone; the history begins at {@code oldestRevision}. Nothing follows. */
    record Compacted(long oldestRevision) implements WatchDelivery {}
}
