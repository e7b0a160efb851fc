package io.dengine.statemachine.rocksdb;

import io.dengine.api.ByteSequence;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.storage.StorageFailure;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The bytes in RocksDB, format 1. Numbers are big-endian.
 *
 * <pre>
 * kv      key                     -> createRevision(8) modRevision(8) version(8) deadlineMillis(8) value
 * expiry  deadlineMillis(8) key   -> nothing
 * meta    "format"                -> 1 (4)
 *         "applied"               -> index(8) term(8) revision(8) clusterTimeMillis(8)
 * </pre>
 */
final class StateFormat {

    static final int VERSION = 1;

    private static final int VALUE_HEADER_BYTES = 4 * 8;

    private StateFormat() {}

    static byte[] encode(StoredValue value) {
        ByteBuffer out = ByteBuffer.allocate(VALUE_HEADER_BYTES + value.value().length());
        out.putLong(value.createRevision());
        out.putLong(value.modRevision());
        out.putLong(value.version());
        out.putLong(value.deadlineMillis());
        value.value().writeTo(out);
        return out.array();
    }

    static StoredValue decodeValue(byte[] bytes) {
        requireLength("value", bytes, bytes.length >= VALUE_HEADER_BYTES);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new StoredValue(
                ByteSequence.wrap(Arrays.copyOfRange(bytes, VALUE_HEADER_BYTES, bytes.length)),
                in.getLong(),
                in.getLong(),
                in.getLong(),
                in.getLong());
    }

    static byte[] expiryKey(long deadlineMillis, ByteSequence key) {
        ByteBuffer out = ByteBuffer.allocate(8 + key.length()).putLong(deadlineMillis);
        key.writeTo(out);
        return out.array();
    }

    static long deadlineOf(byte[] expiryKey) {
        requireLength("deadline", expiryKey, expiryKey.length >= 8);
        return ByteBuffer.wrap(expiryKey).getLong();
    }

    static ByteSequence keyOf(byte[] expiryKey) {
        return ByteSequence.wrap(Arrays.copyOfRange(expiryKey, 8, expiryKey.length));
    }

    static byte[] encode(AppliedState applied) {
        return ByteBuffer.allocate(4 * 8)
                .putLong(applied.index())
                .putLong(applied.term())
                .putLong(applied.revision())
                .putLong(applied.clusterTimeMillis())
                .array();
    }

    static AppliedState decodeApplied(byte[] bytes) {
        requireLength("applied state", bytes, bytes.length == 4 * 8);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new AppliedState(in.getLong(), in.getLong(), in.getLong(), in.getLong());
    }

    static byte[] encodeVersion() {
        return ByteBuffer.allocate(4).putInt(VERSION).array();
    }

    static int decodeVersion(byte[] bytes) {
        requireLength("format", bytes, bytes.length == 4);
        return ByteBuffer.wrap(bytes).getInt();
    }

    private static void requireLength(String what, byte[] bytes, boolean fits) {
        if (!fits) {
            throw new StorageFailure(
                    StorageFailure.Kind.CORRUPT, "a stored " + what + " has " + bytes.length + " bytes", null);
        }
    }
}
