package io.dengine.watch;

import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import java.util.ArrayList;
import java.util.List;

/** Writes down what a watch is told, in order. For listeners that run on the test's thread. */
final class Recorder implements WatchListener {

    final List<Delivery> events = new ArrayList<>();
    final List<Long> progress = new ArrayList<>();
    final List<Throwable> closed = new ArrayList<>();

    @Override
    public void onEvents(long revision, List<WatchEvent> seen) {
        events.add(new Delivery(revision, seen));
    }

    @Override
    public void onProgress(long revision) {
        progress.add(revision);
    }

    @Override
    public void onClosed(Throwable cause) {
        closed.add(cause);
    }

    List<Long> revisions() {
        return events.stream().map(Delivery::revision).toList();
    }
}
