package io.dengine.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dengine.DEngineClient;
import io.dengine.api.BlockingCoordinationClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.IndeterminateException;
import io.dengine.api.KeyValue;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A client that writes, reads what it wrote, and watches everything, without pause. Thread-safe. */
final class ClientLoad implements AutoCloseable {

    private static final int KEYS = 50;

    private final int id;
    private final DEngineClient client;
    private final SortedMap<Long, String> acks = new TreeMap<>();
    private final SortedMap<Long, String> watched = new TreeMap<>();
    private final List<String> anomalies = new ArrayList<>();
    private final Thread writer = new Thread(this::writeAndRead, "load");
    private int indeterminate;
    private int refused;
    private volatile boolean stopped;

    ClientLoad(int id, DEngineClient client) {
        this.id = id;
        this.client = client;
        client.client().watch(WatchRequest.prefix(ByteSequence.EMPTY).withFromRevision(2), new Recorder());
        writer.setDaemon(true);
        writer.start();
    }

    private void writeAndRead() {
        BlockingCoordinationClient store = client.client().blocking();
        for (long number = 0; !stopped; number++) {
            ByteSequence key = ByteSequence.of("c" + id + "/" + number % KEYS);
            ByteSequence value = ByteSequence.of("v" + number);
            try {
                long revision = store.put(key, value).revision();
                acknowledged(revision, key + "=" + value);
                KeyValue read = store.get(key, ReadConsistency.LINEARIZABLE).entry();
                if (read == null || !read.value().equals(value) || read.modRevision() != revision) {
                    anomaly("wrote " + value + " at " + revision + " and read " + read);
                }
            } catch (IndeterminateException e) {
                count(true);
            } catch (RefusedException e) {
                count(false);
            }
        }
    }

    private final class Recorder implements WatchListener {
        @Override
        public void onEvents(long revision, List<WatchEvent> events) {
            synchronized (ClientLoad.this) {
                if (!watched.isEmpty() && revision != watched.lastKey() + 1) {
                    anomalies.add("client " + id + " saw revision " + revision + " after " + watched.lastKey());
                }
                WatchEvent event = events.get(0);
                watched.put(revision, event.key() + "=" + event.entry().value());
            }
        }

        @Override
        public void onClosed(Throwable cause) {
            if (!stopped) {
                anomaly("the watch ended: " + cause);
            }
        }
    }

    private synchronized void acknowledged(long revision, String change) {
        acks.put(revision, change);
    }

    private synchronized void count(boolean mayHaveHappened) {
        if (mayHaveHappened) {
            indeterminate++;
        } else {
            refused++;
        }
    }

    private synchronized void anomaly(String what) {
        anomalies.add("client " + id + ": " + what);
    }

    synchronized int acknowledged() {
        return acks.size();
    }

    synchronized int indeterminate() {
        return indeterminate;
    }

    synchronized int refused() {
        return refused;
    }

    synchronized SortedMap<Long, String> acks() {
        return new TreeMap<>(acks);
    }

    synchronized SortedMap<Long, String> watched() {
        return new TreeMap<>(watched);
    }

    synchronized List<String> anomalies() {
        return List.copyOf(anomalies);
    }

    /** Ends the writing; returns the revision of a last write. */
    long finish() throws InterruptedException {
        stopped = true;
        writer.join(TimeUnit.SECONDS.toMillis(30));
        assertThat(writer.isAlive()).isFalse();
        return client.client()
                .blocking()
                .put(ByteSequence.of("c" + id + "/last"), ByteSequence.EMPTY)
                .revision();
    }

    void awaitWatched(long revision) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !watched().isEmpty() && watched().lastKey() >= revision);
    }

    @Override
    public void close() {
        stopped = true;
        client.close();
    }
}
