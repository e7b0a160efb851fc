package io.dengine.statemachine.rocksdb;

import io.dengine.api.ByteSequence;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipCodec;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.storage.StorageFailure;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The bytes in RocksDB, format 2. Numbers are big-endian.
 *
 * <pre>
 * kv      key                     -> createRevision(8) modRevision(8) version(8) deadlineMillis(8) value
 * expiry  deadlineMillis(8) key   -> nothing
 * meta    "format"                -> 2 (4)
 *         "applied"               -> index(8) term(8) revision(8) clusterTimeMillis(8) stateHash(8)
 *         "membership"            -> the newest membership applied; absent before the first
 * </pre>
 */
final class StateFormat {

    static final int VERSION = 2;

    private static final int VALUE_HEADER_BYTES = 4 * 8;
    private static final int APPLIED_BYTES = 5 * 8;

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

    /** Encodes all but the membership, which has a row of its own. */
    static byte[] encode(AppliedState applied) {
        return ByteBuffer.allocate(APPLIED_BYTES)
                .putLong(applied.index())
                .putLong(applied.term())
                .putLong(applied.revision())
                .putLong(applied.clusterTimeMillis())
                .putLong(applied.stateHash())
                .array();
    }

    static long appliedIndex(byte[] applied) {
        requireLength("applied state", applied, applied.length == APPLIED_BYTES);
        return ByteBuffer.wrap(applied).getLong();
    }

    static AppliedState decodeApplied(byte[] bytes, Membership membership) {
        requireLength("applied state", bytes, bytes.length == APPLIED_BYTES);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new AppliedState(in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong(), membership);
    }

    static byte[] encode(Membership membership) {
        return MembershipCodec.encode(membership);
    }

    static Membership decodeMembership(byte @Nullable [] bytes) {
        if (bytes == null) {
            return Membership.NONE;
        }
        try {
            return MembershipCodec.decode(bytes);
        } catch (IllegalArgumentException illFormed) {
            throw new StorageFailure(
                    StorageFailure.Kind.CORRUPT,
                    "the stored membership is damaged: " + illFormed.getMessage(),
                    illFormed);
        }
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
