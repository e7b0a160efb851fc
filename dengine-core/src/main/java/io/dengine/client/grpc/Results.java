package io.dengine.client.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.dengine.api.ByteSequence;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.DeleteResult;
import io.dengine.api.GetResult;
import io.dengine.api.KeyValue;
import io.dengine.api.MultiGetResult;
import io.dengine.api.PutResult;
import io.dengine.api.ScanResult;
import io.dengine.api.WatchEvent;
import io.dengine.proto.v1.Answer;
import io.dengine.proto.v1.CompareAndSetResponse;
import io.dengine.proto.v1.DeleteResponse;
import io.dengine.proto.v1.Entry;
import io.dengine.proto.v1.Event;
import io.dengine.proto.v1.EventType;
import io.dengine.proto.v1.GetAllResponse;
import io.dengine.proto.v1.GetResponse;
import io.dengine.proto.v1.PutResponse;
import io.dengine.proto.v1.ScanResponse;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Messages as results. */
final class Results {

    private Results() {}

    static PutResult put(Message answer) {
        return new PutResult(((PutResponse) answer).getRevision());
    }

    static DeleteResult delete(Message answer) {
        DeleteResponse response = (DeleteResponse) answer;
        return new DeleteResult(response.getRevision(), response.getDeleted());
    }

    static CompareAndSetResult compareAndSet(Message answer) {
        CompareAndSetResponse response = (CompareAndSetResponse) answer;
        return new CompareAndSetResult(
                response.getSucceeded(),
                response.getRevision(),
                response.hasCurrent() ? keyValue(response.getCurrent()) : null);
    }

    static GetResult get(Message answer) {
        GetResponse response = (GetResponse) answer;
        return new GetResult(response.getRevision(), response.hasEntry() ? keyValue(response.getEntry()) : null);
    }

    static MultiGetResult getAll(Message answer) {
        GetAllResponse response = (GetAllResponse) answer;
        Map<ByteSequence, KeyValue> entries = new LinkedHashMap<>();
        for (Entry entry : response.getEntriesList()) {
            KeyValue found = keyValue(entry);
            entries.put(found.key(), found);
        }
        return new MultiGetResult(response.getRevision(), Collections.unmodifiableMap(entries));
    }

    static ScanResult scan(Message answer) {
        ScanResponse response = (ScanResponse) answer;
        List<KeyValue> entries =
                response.getEntriesList().stream().map(Results::keyValue).toList();
        return new ScanResult(response.getRevision(), entries, response.getMore());
    }

    /** Returns what an answer on the stream holds; null if that is a failure or unknown to this version. */
    static @Nullable Message of(Answer answer) {
        return switch (answer.getResultCase()) {
            case PUT -> answer.getPut();
            case DELETE -> answer.getDelete();
            case COMPARE_AND_SET -> answer.getCompareAndSet();
            case GET -> answer.getGet();
            case GET_ALL -> answer.getGetAll();
            case SCAN -> answer.getScan();
            case FAILURE, RESULT_NOT_SET -> null;
        };
    }

    static WatchEvent event(Event event) {
        WatchEvent.Type type =
                event.getType() == EventType.EVENT_TYPE_DELETE ? WatchEvent.Type.DELETE : WatchEvent.Type.PUT;
        return new WatchEvent(
                type, keyValue(event.getEntry()), event.hasPrevious() ? keyValue(event.getPrevious()) : null);
    }

    private static KeyValue keyValue(Entry entry) {
        return new KeyValue(
                bytes(entry.getKey()),
                bytes(entry.getValue()),
                entry.getCreateRevision(),
                entry.getModRevision(),
                entry.getVersion());
    }

    private static ByteSequence bytes(ByteString bytes) {
        return bytes.isEmpty() ? ByteSequence.EMPTY : ByteSequence.wrap(bytes.toByteArray());
    }
}
