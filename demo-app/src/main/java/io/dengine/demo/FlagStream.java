package io.dengine.demo;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * What one open page hears: the flags as they are, then each change after that. A page too slow for its queue is cut
 * off; its browser connects again and starts from a new snapshot, so it misses nothing. Thread-safe.
 */
final class FlagStream implements Runnable {

    private static final int QUEUE_CAPACITY = 1_000;
    private static final long HEARTBEAT_SECONDS = 15;
    private static final long RECONNECT_MILLIS = 1_000;
    private static final FlagChange WAKE = new FlagChange("", "");

    private final SseEmitter emitter = new SseEmitter(0L);
    private final BlockingQueue<FlagChange> changes = new ArrayBlockingQueue<>(QUEUE_CAPACITY);
    private final List<Flag> snapshot;
    private volatile boolean ended;

    FlagStream(List<Flag> snapshot) {
        this.snapshot = snapshot;
        emitter.onCompletion(this::end);
        emitter.onError(failure -> end());
    }

    SseEmitter emitter() {
        return emitter;
    }

    /** Never blocks: one watch serves all pages. */
    void offer(FlagChange change) {
        if (!changes.offer(change)) {
            end();
        }
    }

    void end() {
        ended = true;
        changes.offer(WAKE);
    }

    /** Sends until the stream ends or the page is gone, which a heartbeat finds out if nothing else does. */
    @Override
    public void run() {
        try {
            emitter.send(SseEmitter.event()
                    .name("snapshot")
                    .reconnectTime(RECONNECT_MILLIS)
                    .data(snapshot));
            while (!ended) {
                FlagChange change = changes.poll(HEARTBEAT_SECONDS, TimeUnit.SECONDS);
                if (change == null) {
                    emitter.send(SseEmitter.event().comment("heartbeat"));
                } else if (!ended) {
                    emitter.send(SseEmitter.event().name(change.type()).data(change.data()));
                }
            }
            emitter.complete();
        } catch (IOException | IllegalStateException e) {
            // The page is gone; the web server knows and completes the request.
            end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            emitter.complete();
        }
    }
}
