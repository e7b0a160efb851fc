package io.dengine.demo;

import io.dengine.api.ReadConsistency;
import io.dengine.spring.watch.WatchKey;
import io.dengine.spring.watch.WatchKeyEvent;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Feeds every open page from one watch. It runs while the watch does: being in the last phase, it starts after the
 * watch, so that no change falls before it, and ends its streams first, so that a shutdown need not wait for them.
 * Thread-safe.
 */
@Component
final class FlagStreams implements SmartLifecycle {

    /** One thread each, since a write to a slow page blocks. */
    static final int MAX_STREAMS = 64;

    private final FlagStore store;
    private final Set<FlagStream> streams = ConcurrentHashMap.newKeySet();
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            0,
            MAX_STREAMS,
            30,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            new CustomizableThreadFactory("flag-stream-"));
    private volatile boolean running;

    FlagStreams(FlagStore store) {
        this.store = store;
    }

    SseEmitter open() {
        FlagStream stream = new FlagStream();
        streams.add(stream); // before the snapshot is read: a change in between is in the queue, and perhaps in both
        try {
            if (!running) {
                throw new StreamRefusedException("This node is starting or stopping.");
            }
            FlagList snapshot = store.list(ReadConsistency.LOCAL);
            threads.execute(() -> {
                stream.run(snapshot);
                streams.remove(stream);
            });
        } catch (RejectedExecutionException e) {
            streams.remove(stream);
            throw new StreamRefusedException("This node already keeps " + MAX_STREAMS + " open pages live.");
        } catch (RuntimeException e) {
            streams.remove(stream);
            throw e;
        }
        return stream.emitter();
    }

    @WatchKey(FlagStore.PREFIX)
    void onChange(WatchKeyEvent<StoredFlag> event) {
        FlagChange change = FlagChange.of(event);
        if (change != null) {
            streams.forEach(stream -> stream.offer(change));
        }
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        streams.forEach(FlagStream::end);
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
