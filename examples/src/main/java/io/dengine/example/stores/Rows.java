package io.dengine.example.stores;

import io.dengine.api.ByteSequence;
import io.dengine.raft.membership.MembershipCodec;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import java.nio.ByteBuffer;

/** The bytes of a row, and of how far the table has come. */
final class Rows {

    private static final int NUMBERS = 4;
    private static final int APPLIED_NUMBERS = 5;

    private Rows() {}

    static byte[] encode(StoredValue row) {
        return ByteBuffer.allocate(NUMBERS * Long.BYTES + row.value().length())
                .putLong(row.createRevision())
                .putLong(row.modRevision())
                .putLong(row.version())
                .putLong(row.deadlineMillis())
                .put(row.value().array())
                .array();
    }

    static StoredValue decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        long createRevision = in.getLong();
        long modRevision = in.getLong();
        long version = in.getLong();
        long deadlineMillis = in.getLong();
        return new StoredValue(rest(in), createRevision, modRevision, version, deadlineMillis);
    }

    static long deadlineOf(byte[] row) {
        return ByteBuffer.wrap(row).getLong((NUMBERS - 1) * Long.BYTES);
    }

    static byte[] encode(AppliedState applied) {
        byte[] membership = MembershipCodec.encode(applied.membership());
        return ByteBuffer.allocate(APPLIED_NUMBERS * Long.BYTES + membership.length)
                .putLong(applied.index())
                .putLong(applied.term())
                .putLong(applied.revision())
                .putLong(applied.clusterTimeMillis())
                .putLong(applied.stateHash())
                .put(membership)
                .array();
    }

    static AppliedState decodeApplied(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new AppliedState(
                in.getLong(),
                in.getLong(),
                in.getLong(),
                in.getLong(),
                in.getLong(),
                MembershipCodec.decode(rest(in).array()));
    }

    private static ByteSequence rest(ByteBuffer in) {
        byte[] rest = new byte[in.remaining()];
        in.get(rest);
        return ByteSequence.wrap(rest);
    }
}
