package io.dengine.check;

import io.dengine.api.WatchRequest;
import java.util.List;

/**
 * One watch from its start to its end; one that goes on after a restart is another.
 *
 * @param startRevision what the watch said it begins with
 * @param deliveries in the order they came
 * @param completeTo the revision up to which all must have come, as somebody waited for it; 0 for none
 */
public record WatchSession(WatchRequest request, long startRevision, List<WatchDelivery> deliveries, long completeTo) {

    public WatchSession {
        deliveries = List.copyOf(deliveries);
    }
}
