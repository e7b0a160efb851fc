package io.dengine.client.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.ReadConsistency;
import io.dengine.api.ScanRequest;
import io.dengine.client.grpc.PendingCall.Request;
import io.dengine.client.grpc.PendingCall.Target;
import io.dengine.command.Command;
import io.dengine.proto.v1.CompareAndSetRequest;
import io.dengine.proto.v1.DeleteRequest;
import io.dengine.proto.v1.ExchangeRequest;
import io.dengine.proto.v1.GetAllRequest;
import io.dengine.proto.v1.GetRequest;
import io.dengine.proto.v1.KeyAbsent;
import io.dengine.proto.v1.KeyValueGrpc;
import io.dengine.proto.v1.Operation;
import io.dengine.proto.v1.PutRequest;
import io.grpc.MethodDescriptor;
import java.util.List;

/** Checked requests as messages. */
final class Requests {

    /** As much as one page may hold in process. */
    private static final int MAX_PAGE_BYTES = 16 << 20;

    private Requests() {}

    static Request put(Command.Put put) {
        PutRequest message = PutRequest.newBuilder()
                .setKey(bytes(put.key()))
                .setValue(bytes(put.value()))
                .setTtlMillis(put.ttlMillis())
                .build();
        return write(KeyValueGrpc.getPutMethod(), message);
    }

    static Request delete(Command.Delete delete) {
        return write(
                KeyValueGrpc.getDeleteMethod(),
                DeleteRequest.newBuilder().setKey(bytes(delete.key())).build());
    }

    static Request compareAndSet(Command.CompareAndSet set) {
        CompareAndSetRequest.Builder message = CompareAndSetRequest.newBuilder()
                .setKey(bytes(set.key()))
                .setValue(bytes(set.value()))
                .setTtlMillis(set.ttlMillis());
        if (set.expected() instanceof Expectation.Absent) {
            message.setAbsent(KeyAbsent.getDefaultInstance());
        } else if (set.expected() instanceof Expectation.Value expected) {
            message.setValueEquals(bytes(expected.value()));
        } else if (set.expected() instanceof Expectation.ModRevision expected) {
            message.setModRevision(expected.revision());
        } else {
            throw new AssertionError(set.expected());
        }
        return write(KeyValueGrpc.getCompareAndSetMethod(), message.build());
    }

    static Request get(ByteSequence key, ReadConsistency consistency) {
        GetRequest message = GetRequest.newBuilder()
                .setKey(bytes(key))
                .setConsistency(of(consistency))
                .build();
        return read(KeyValueGrpc.getGetMethod(), message, consistency);
    }

    static Request getAll(List<ByteSequence> keys, ReadConsistency consistency) {
        GetAllRequest.Builder message = GetAllRequest.newBuilder().setConsistency(of(consistency));
        keys.forEach(key -> message.addKeys(bytes(key)));
        return read(KeyValueGrpc.getGetAllMethod(), message.build(), consistency);
    }

    static Request scan(ScanRequest scan, ReadConsistency consistency) {
        io.dengine.proto.v1.ScanRequest.Builder message = io.dengine.proto.v1.ScanRequest.newBuilder()
                .setPrefix(bytes(scan.prefix()))
                .setLimit(scan.limit())
                .setMaxBytes(MAX_PAGE_BYTES)
                .setConsistency(of(consistency));
        if (scan.after() != null) {
            message.setAfter(bytes(scan.after()));
        }
        return read(KeyValueGrpc.getScanMethod(), message.build(), consistency);
    }

    private static Request write(MethodDescriptor<? extends Message, ? extends Message> method, Message message) {
        return new Request(method, message, true, true, Target.LEADER);
    }

    private static Request read(
            MethodDescriptor<? extends Message, ? extends Message> method,
            Message message,
            ReadConsistency consistency) {
        Target target = consistency == ReadConsistency.LOCAL ? Target.NEAREST : Target.LEADER;
        return new Request(method, message, false, true, target);
    }

    /** Adds a request to a frame of the stream. */
    static void add(Message message, long id, int timeoutMillis, ExchangeRequest.Builder frame) {
        Operation.Builder operation = Operation.newBuilder().setId(id).setTimeoutMillis(timeoutMillis);
        if (message instanceof PutRequest put) {
            operation.setPut(put);
        } else if (message instanceof DeleteRequest delete) {
            operation.setDelete(delete);
        } else if (message instanceof CompareAndSetRequest compareAndSet) {
            operation.setCompareAndSet(compareAndSet);
        } else if (message instanceof GetRequest get) {
            operation.setGet(get);
        } else if (message instanceof GetAllRequest getAll) {
            operation.setGetAll(getAll);
        } else if (message instanceof io.dengine.proto.v1.ScanRequest scan) {
            operation.setScan(scan);
        } else {
            throw new AssertionError(message.getDescriptorForType().getName());
        }
        frame.addOperations(operation);
    }

    private static io.dengine.proto.v1.ReadConsistency of(ReadConsistency consistency) {
        return switch (consistency) {
            case LINEARIZABLE -> io.dengine.proto.v1.ReadConsistency.READ_CONSISTENCY_LINEARIZABLE;
            case LEASE -> io.dengine.proto.v1.ReadConsistency.READ_CONSISTENCY_LEASE;
            case LOCAL -> io.dengine.proto.v1.ReadConsistency.READ_CONSISTENCY_LOCAL;
        };
    }

    /** Wraps without a copy: both sides are immutable. */
    static ByteString bytes(ByteSequence bytes) {
        return UnsafeByteOperations.unsafeWrap(bytes.array());
    }
}
