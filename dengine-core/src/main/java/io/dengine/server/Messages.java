package io.dengine.server;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.api.RefusedException;
import io.dengine.api.WatchEvent;
import io.dengine.proto.v1.Entry;
import io.dengine.proto.v1.Event;
import io.dengine.proto.v1.EventType;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The values of the store as the protocol has them, and back. */
final class Messages {

    private Messages() {}

    static ByteString bytes(ByteSequence bytes) {
        return UnsafeByteOperations.unsafeWrap(bytes.array());
    }

    static ByteSequence bytes(ByteString bytes) {
        return ByteSequence.wrap(bytes.toByteArray());
    }

    static Entry entry(KeyValue entry) {
        return Entry.newBuilder()
                .setKey(bytes(entry.key()))
                .setValue(bytes(entry.value()))
                .setCreateRevision(entry.createRevision())
                .setModRevision(entry.modRevision())
                .setVersion(entry.version())
                .build();
    }

    static List<Entry> entries(Collection<KeyValue> entries) {
        return entries.stream().map(Messages::entry).toList();
    }

    static Event event(WatchEvent event) {
        Event.Builder message = Event.newBuilder().setType(type(event.type())).setEntry(entry(event.entry()));
        KeyValue previous = event.previous();
        if (previous != null) {
            message.setPrevious(entry(previous));
        }
        return message.build();
    }

    private static EventType type(WatchEvent.Type type) {
        return switch (type) {
            case PUT -> EventType.EVENT_TYPE_PUT;
            case DELETE -> EventType.EVENT_TYPE_DELETE;
        };
    }

    static io.dengine.api.ReadConsistency consistency(io.dengine.proto.v1.ReadConsistency consistency) {
        return switch (consistency) {
            case READ_CONSISTENCY_UNSPECIFIED, READ_CONSISTENCY_LINEARIZABLE ->
                io.dengine.api.ReadConsistency.LINEARIZABLE;
            case READ_CONSISTENCY_LEASE -> io.dengine.api.ReadConsistency.LEASE;
            case READ_CONSISTENCY_LOCAL -> io.dengine.api.ReadConsistency.LOCAL;
            case UNRECOGNIZED -> throw invalid("the consistency is none that this version knows");
        };
    }

    /** Returns a TTL; null for none. */
    static @Nullable Duration ttlOfMillis(long millis) {
        return millis == 0 ? null : Duration.ofMillis(unsigned("ttl_millis", millis));
    }

    /** Returns a TTL; null for none. */
    static @Nullable Duration ttlOfSeconds(long seconds) {
        return seconds == 0 ? null : Duration.ofSeconds(unsigned("ttl_secs", seconds));
    }

    /** Returns a number of the wire that is unsigned there. */
    static long unsigned(String what, long value) {
        if (value < 0) {
            throw invalid(what + " is too large: " + Long.toUnsignedString(value));
        }
        return value;
    }

    /** Returns what a constructor's refusal of a value means to the client that sent it. */
    static RefusedException invalid(IllegalArgumentException refusal) {
        return invalid(String.valueOf(refusal.getMessage()));
    }

    static RefusedException invalid(String problem) {
        return new RefusedException(RefusedException.Reason.INVALID, problem);
    }
}
