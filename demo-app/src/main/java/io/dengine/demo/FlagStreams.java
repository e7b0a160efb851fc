package io.dengine.demo;

import io.dengine.spring.watch.Key;
import io.dengine.spring.watch.Revision;
import io.dengine.spring.watch.WatchKey;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Keeps every open page live from one watch. The watch also keeps the flags here as of its last change, and a new page
 * gets exactly that under the same lock, so that no change falls between what it is shown first and what it hears next.
 *
 * <p>Being in the last lifecycle phase, it ends the streams before the web server waits for open requests. Thread-safe.
 */
@Component
final class FlagStreams implements SmartLifecycle {

    /** One thread each, since a write to a slow page blocks. */
    static final int MAX_STREAMS = 64;

    private final FlagStore store;
    private final ThreadPoolExecutor threads =
            new ThreadPoolExecutor(0, MAX_STREAMS, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), streamThreads());

    private final SortedMap<String, Flag> flags = new TreeMap<>();
    private final List<FlagStream> streams = new ArrayList<>();
    private boolean running;

    FlagStreams(FlagStore store) {
        this.store = store;
    }

    @WatchKey(key = FlagStore.PREFIX, initial = true)
    synchronized void onChange(@Key String key, @Nullable StoredFlag stored, @Revision long revision) {
        String name = key.substring(FlagStore.PREFIX.length());
        if (stored != null && !stored.deleted()) {
            Flag flag = Flag.of(name, stored, revision);
            flags.put(name, flag);
            tellAll(FlagChange.put(flag));
        } else if (flags.remove(name) != null) {
            tellAll(FlagChange.delete(name, revision));
        }
    }

    /**
     * Opens a stream.
     *
     * @throws StreamRefusedException if this node is full, or not ready
     */
    SseEmitter open() {
        if (!hasFlags() && store.hasAny()) {
            throw new StreamRefusedException("This node is still reading the flags.");
        }
        FlagStream stream = add();
        try {
            threads.execute(() -> {
                stream.run();
                remove(stream);
            });
        } catch (RejectedExecutionException e) {
            remove(stream);
            throw new StreamRefusedException("This node already keeps " + MAX_STREAMS + " open pages live.");
        }
        return stream.emitter();
    }

    private static ThreadFactory streamThreads() {
        CustomizableThreadFactory factory = new CustomizableThreadFactory("flag-stream-");
        factory.setDaemon(true);
        return factory;
    }

    private synchronized boolean hasFlags() {
        return !flags.isEmpty();
    }

    private synchronized FlagStream add() {
        if (!running) {
            throw new StreamRefusedException("This node is starting or stopping.");
        }
        FlagStream stream = new FlagStream(List.copyOf(flags.values()));
        streams.add(stream);
        return stream;
    }

    private synchronized void remove(FlagStream stream) {
        streams.remove(stream);
    }

    private void tellAll(FlagChange change) {
        streams.forEach(stream -> stream.offer(change));
    }

    @Override
    public synchronized void start() {
        running = true;
    }

    @Override
    public synchronized void stop() {
        running = false;
        streams.forEach(FlagStream::end);
    }

    @Override
    public synchronized boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
