package io.dengine.transport.netty;

import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.MembershipCodec;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.ClusterOrder;
import io.dengine.transport.PeerMessage.ClusterOutcome;
import io.dengine.transport.PeerMessage.ClusterRequest;
import io.dengine.transport.PeerMessage.ClusterResponse;
import io.dengine.transport.PeerTransport.JoinAnswer;
import io.dengine.transport.PeerTransport.JoinRequest;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is said about who belongs to the cluster, as a frame's body.
 *
 * <pre>
 * order:  kind u8, then a member or a node id, as the kind has it
 * member: id u32 | flags u8 (1 read-only, 2 a storage id follows, 4 an api address) | replaces u32 (0: none) | [storage id 16]
 *         | address u16 + text | [api address u16 + text]
 * </pre>
 */
final class ClusterCodec {

    /** A member bounds the characters of its address; each takes up to three bytes. */
    private static final int MAX_ADDRESS_BYTES = 3 * Member.MAX_ADDRESS_BYTES;

    /** The most bytes of an order or of a {@link JoinRequest}, beside those of a text. */
    static final int MAX_ORDER_BYTES = 64 + 2 * MAX_ADDRESS_BYTES;

    private static final int ADD_LEARNER = 1;
    private static final int PROMOTE = 2;
    private static final int DEMOTE = 3;
    private static final int REMOVE = 4;
    private static final int REPLACE = 5;
    private static final int DESCRIBE = 6;
    private static final int TRANSFER = 7;

    private static final int READ_ONLY = 1;
    private static final int HAS_STORAGE_ID = 2;
    private static final int HAS_API_ADDRESS = 4;

    private ClusterCodec() {}

    static void write(ClusterRequest request, ByteBuf out) {
        out.writeLong(request.requestId());
        if (request.order() instanceof ClusterOrder.Change change) {
            write(change.change(), out);
        } else if (request.order() instanceof ClusterOrder.Transfer transfer) {
            out.writeByte(TRANSFER);
            write(transfer.target(), out);
        } else {
            throw new AssertionError(request);
        }
    }

    static ClusterRequest readRequest(ByteBuf in) throws MalformedFrameException {
        long requestId = in.readLong();
        int kind = in.readUnsignedByte();
        ClusterOrder order = kind == TRANSFER
                ? new ClusterOrder.Transfer(readNodeOrNone(in))
                : new ClusterOrder.Change(readChange(kind, in));
        return new ClusterRequest(requestId, order);
    }

    static void write(ClusterResponse response, ByteBuf out) {
        out.writeLong(response.requestId());
        out.writeByte(response.outcome().code());
        out.writeCharSequence(response.detail(), StandardCharsets.UTF_8);
    }

    static ClusterResponse readResponse(ByteBuf in) throws MalformedFrameException {
        long requestId = in.readLong();
        int code = in.readUnsignedByte();
        for (ClusterOutcome outcome : ClusterOutcome.values()) {
            if (outcome.code() == code) {
                return new ClusterResponse(requestId, outcome, Fields.readTextToEnd(in));
            }
        }
        throw new MalformedFrameException("unknown outcome " + code);
    }

    static void write(JoinRequest request, ByteBuf out) {
        int start = Frames.begin(FrameType.JOIN_REQUEST, out);
        write(request.member(), out);
        Frames.end(start, out);
    }

    static JoinRequest readJoinRequest(ByteBuf body) throws MalformedFrameException {
        return whole(FrameType.JOIN_REQUEST, body, in -> new JoinRequest(readMember(in)));
    }

    /** Layout: outcome u8, membership u32 + bytes, text to the end. */
    static void write(JoinAnswer answer, ByteBuf out) {
        int start = Frames.begin(FrameType.JOIN_ANSWER, out);
        out.writeByte(answer.outcome().code());
        byte[] membership = MembershipCodec.encode(answer.membership());
        out.writeInt(membership.length);
        out.writeBytes(membership);
        out.writeCharSequence(answer.text(), StandardCharsets.UTF_8);
        Frames.end(start, out);
    }

    static JoinAnswer readJoinAnswer(ByteBuf body) throws MalformedFrameException {
        return whole(FrameType.JOIN_ANSWER, body, ClusterCodec::readJoinAnswerBody);
    }

    private static JoinAnswer readJoinAnswerBody(ByteBuf in) throws MalformedFrameException {
        int code = in.readUnsignedByte();
        for (JoinAnswer.Outcome outcome : JoinAnswer.Outcome.values()) {
            if (outcome.code() == code) {
                Membership membership = MembershipCodec.decode(Fields.readBytes(in, in.readInt()));
                return new JoinAnswer(outcome, Fields.readTextToEnd(in), membership);
            }
        }
        throw new MalformedFrameException("unknown outcome " + code);
    }

    private interface Reader<T> {
        T read(ByteBuf in) throws MalformedFrameException;
    }

    private static <T> T whole(FrameType type, ByteBuf body, Reader<T> reader) throws MalformedFrameException {
        try {
            T read = reader.read(body);
            Frames.requireEnd(type, body);
            return read;
        } catch (IndexOutOfBoundsException e) {
            throw new MalformedFrameException("truncated " + type, e);
        } catch (IllegalArgumentException e) {
            throw new MalformedFrameException("ill-formed " + type + ": " + e.getMessage(), e);
        }
    }

    private static void write(MembershipChange change, ByteBuf out) {
        if (change instanceof MembershipChange.AddLearner add) {
            out.writeByte(ADD_LEARNER);
            write(add.member(), out);
        } else if (change instanceof MembershipChange.Promote promote) {
            out.writeByte(PROMOTE);
            write(promote.node(), out);
        } else if (change instanceof MembershipChange.Demote demote) {
            out.writeByte(DEMOTE);
            write(demote.node(), out);
        } else if (change instanceof MembershipChange.Remove remove) {
            out.writeByte(REMOVE);
            write(remove.node(), out);
        } else if (change instanceof MembershipChange.Replace replace) {
            out.writeByte(REPLACE);
            write(replace.leaving(), out);
            write(replace.member(), out);
        } else if (change instanceof MembershipChange.Describe describe) {
            out.writeByte(DESCRIBE);
            write(describe.member(), out);
        } else {
            throw new AssertionError(change);
        }
    }

    private static MembershipChange readChange(int kind, ByteBuf in) throws MalformedFrameException {
        switch (kind) {
            case ADD_LEARNER -> {
                return new MembershipChange.AddLearner(readMember(in));
            }
            case PROMOTE -> {
                return new MembershipChange.Promote(readNode(in));
            }
            case DEMOTE -> {
                return new MembershipChange.Demote(readNode(in));
            }
            case REMOVE -> {
                return new MembershipChange.Remove(readNode(in));
            }
            case REPLACE -> {
                return new MembershipChange.Replace(readNode(in), readMember(in));
            }
            case DESCRIBE -> {
                return new MembershipChange.Describe(readMember(in));
            }
            default -> throw new MalformedFrameException("unknown kind of order " + kind);
        }
    }

    private static void write(Member member, ByteBuf out) {
        UUID storageId = member.storageId();
        write(member.id(), out);
        out.writeByte((member.readOnly() ? READ_ONLY : 0)
                | (storageId == null ? 0 : HAS_STORAGE_ID)
                | (member.apiAddress().isEmpty() ? 0 : HAS_API_ADDRESS));
        write(member.replaces(), out);
        if (storageId != null) {
            Fields.write(storageId, out);
        }
        Fields.write(member.address(), out);
        if (!member.apiAddress().isEmpty()) {
            Fields.write(member.apiAddress(), out);
        }
    }

    private static Member readMember(ByteBuf in) throws MalformedFrameException {
        NodeId id = readNode(in);
        int flags = in.readUnsignedByte();
        if ((flags & ~(READ_ONLY | HAS_STORAGE_ID | HAS_API_ADDRESS)) != 0) {
            throw new MalformedFrameException("unknown flags of a member " + flags);
        }
        NodeId replaces = readNodeOrNone(in);
        UUID storageId = (flags & HAS_STORAGE_ID) == 0 ? null : Fields.readUuid(in);
        String address = Fields.readText(in, MAX_ADDRESS_BYTES);
        String apiAddress = (flags & HAS_API_ADDRESS) == 0 ? "" : Fields.readText(in, MAX_ADDRESS_BYTES);
        if (apiAddress.isEmpty() && (flags & HAS_API_ADDRESS) != 0) {
            throw new MalformedFrameException("an api address that is empty");
        }
        return new Member(id, address, apiAddress, storageId, (flags & READ_ONLY) != 0, replaces);
    }

    private static void write(@Nullable NodeId node, ByteBuf out) {
        out.writeInt(node == null ? 0 : node.value());
    }

    private static NodeId readNode(ByteBuf in) {
        return NodeId.of(in.readInt());
    }

    private static @Nullable NodeId readNodeOrNone(ByteBuf in) {
        int id = in.readInt();
        return id == 0 ? null : NodeId.of(id);
    }
}
