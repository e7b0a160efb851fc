package io.dengine.transport.netty;

import org.jspecify.annotations.Nullable;

/** What a frame is. The code is part of the wire format and never changes its meaning. */
enum FrameType {
    HELLO(1),
    REFUSED(2),
    PING(3),
    PONG(4),
    JOIN_REQUEST(5),
    JOIN_ANSWER(6),
    APPEND_REQUEST(16),
    APPEND_RESPONSE(17),
    HEARTBEAT_REQUEST(18),
    HEARTBEAT_RESPONSE(19),
    VOTE_REQUEST(20),
    VOTE_RESPONSE(21),
    TIMEOUT_NOW(22),
    PROPOSE_REQUEST(32),
    PROPOSE_RESPONSE(33),
    READ_INDEX_REQUEST(34),
    READ_INDEX_RESPONSE(35),
    CLUSTER_REQUEST(36),
    CLUSTER_RESPONSE(37),
    SNAPSHOT_OFFER(48),
    SNAPSHOT_REQUEST(49),
    CHUNK_REQUEST(50),
    CHUNK(51),
    STATE_HASH(52),
    STATE_DIFFERS(53);

    private static final @Nullable FrameType[] BY_CODE = new @Nullable FrameType[256];

    static {
        for (FrameType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;

    FrameType(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static FrameType ofCode(int code) throws MalformedFrameException {
        FrameType type = BY_CODE[code & 0xFF];
        if (type == null) {
            throw new MalformedFrameException("unknown frame type " + (code & 0xFF));
        }
        return type;
    }
}
