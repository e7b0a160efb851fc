package io.dengine.example.discovery;

import io.dengine.api.ByteSequence;
import io.dengine.api.CompactedException;
import io.dengine.api.CoordinationClient;
import io.dengine.api.KeyValue;
import io.dengine.api.ReadConsistency;
import io.dengine.api.ScanRequest;
import io.dengine.api.ScanResult;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the live instances of a service: it lists them at a revision, then watches from the next revision on, so that nothing
 * falls between the two. Thread-safe.
 */
public final class ServiceList implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ServiceList.class);

    private final CoordinationClient client;
    private final ByteSequence prefix;
    private final Map<String, String> instances = new ConcurrentSkipListMap<>();
    private Watch watch; // guarded by this
    private boolean closed; // guarded by this

    /** Lists the instances of {@code service}; returns when it knows them. */
    public ServiceList(CoordinationClient client, String service) {
        this.client = client;
        this.prefix = ByteSequence.of("/services/" + service + "/");
        this.watch = listThenWatch();
    }

    /** Returns the address of each instance, by its name, as of the last change heard of. */
    public Map<String, String> instances() {
        return Map.copyOf(instances);
    }

    private synchronized Watch listThenWatch() {
        ScanResult listed = client.blocking().scan(ScanRequest.prefix(prefix), ReadConsistency.LINEARIZABLE);
        instances.clear();
        for (KeyValue entry : listed.entries()) {
            instances.put(nameIn(entry.key()), entry.value().toString());
        }
        return client.watch(WatchRequest.prefix(prefix).withFromRevision(listed.revision() + 1), new Changes());
    }

    private String nameIn(ByteSequence key) {
        return key.toString().substring(prefix.toString().length());
    }

    private synchronized void onEnd(Throwable cause) {
        if (closed) {
            return;
        }
        if (cause instanceof CompactedException) {
            watch = listThenWatch(); // this was away for longer than the history reaches back
        } else {
            log.warn("the list of {} is no longer kept up to date", prefix, cause);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        watch.close();
    }

    private final class Changes implements WatchListener {

        @Override
        public void onEvents(long revision, List<WatchEvent> events) {
            for (WatchEvent event : events) {
                if (event.type() == WatchEvent.Type.PUT) {
                    instances.put(nameIn(event.key()), event.entry().value().toString());
                } else {
                    instances.remove(nameIn(event.key()));
                }
            }
        }

        @Override
        public void onClosed(Throwable cause) {
            onEnd(cause);
        }
    }
}
