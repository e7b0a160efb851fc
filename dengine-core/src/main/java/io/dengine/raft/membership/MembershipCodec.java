package io.dengine.raft.membership;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The bytes of a {@link Membership}, in the log, in the state and on the wire. One membership has one encoding.
 *
 * <pre>
 * byte version (1), short members, then for each member by ascending id:
 *   int id, byte parts, byte flags, int replaces (0: none), [long long storageId], address, [apiAddress]
 * parts: 1 voter, 2 outgoing, 4 learner, 8 demoted.  flags: 1 read-only, 2 storageId follows, 4 apiAddress follows.  address: short length, UTF-8
 * </pre>
 */
public final class MembershipCodec {

    private static final byte VERSION = 1;
    private static final int MAX_MEMBERS = 1000;
    private static final int MAX_MEMBER_BYTES = 4 + 1 + 1 + 4 + 16 + 2 * (2 + Member.MAX_ADDRESS_BYTES);

    private static final int VOTER = 1;
    private static final int OUTGOING = 2;
    private static final int LEARNER = 4;
    private static final int DEMOTED = 8;

    private static final int READ_ONLY = 1;
    private static final int HAS_STORAGE_ID = 2;
    private static final int HAS_API_ADDRESS = 4;

    private MembershipCodec() {}

    /**
     * @throws IllegalArgumentException if there are more than 1,000 members, or an address is longer than allowed
     */
    public static byte[] encode(Membership membership) {
        int count = membership.members().size();
        if (count > MAX_MEMBERS) {
            throw new IllegalArgumentException("a cluster of " + count + " members is too large");
        }
        ByteBuffer out = ByteBuffer.allocate(3 + count * MAX_MEMBER_BYTES);
        out.put(VERSION).putShort((short) count);
        for (Member member : membership.details().values()) {
            encode(out, member, partsOf(membership, member.id()));
        }
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    private static void encode(ByteBuffer out, Member member, int parts) {
        NodeId replaces = member.replaces();
        UUID storageId = member.storageId();
        out.putInt(member.id().value());
        out.put((byte) parts);
        out.put((byte) ((member.readOnly() ? READ_ONLY : 0)
                | (storageId == null ? 0 : HAS_STORAGE_ID)
                | (member.apiAddress().isEmpty() ? 0 : HAS_API_ADDRESS)));
        out.putInt(replaces == null ? 0 : replaces.value());
        if (storageId != null) {
            out.putLong(storageId.getMostSignificantBits()).putLong(storageId.getLeastSignificantBits());
        }
        encodeAddress(out, member.id(), member.address());
        if (!member.apiAddress().isEmpty()) {
            encodeAddress(out, member.id(), member.apiAddress());
        }
    }

    private static void encodeAddress(ByteBuffer out, NodeId id, String address) {
        byte[] bytes = address.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > Member.MAX_ADDRESS_BYTES) {
            throw new IllegalArgumentException("an address of node " + id + " is too long");
        }
        out.putShort((short) bytes.length).put(bytes);
    }

    private static int partsOf(Membership membership, NodeId id) {
        return (membership.voters().contains(id) ? VOTER : 0)
                | (membership.outgoing().contains(id) ? OUTGOING : 0)
                | (membership.learners().contains(id) ? LEARNER : 0)
                | (membership.demoted().contains(id) ? DEMOTED : 0);
    }

    /**
     * @throws IllegalArgumentException if the bytes are no membership that this version could have written
     */
    public static Membership decode(byte[] bytes) {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            Membership membership = decode(in);
            require(!in.hasRemaining(), "bytes follow it");
            return membership;
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("ill-formed membership: it ends early", e);
        }
    }

    private static Membership decode(ByteBuffer in) {
        byte version = in.get();
        require(version == VERSION, "its version is " + version);
        int count = in.getShort();
        require(count >= 0 && count <= MAX_MEMBERS, "it has " + count + " members");
        Set<NodeId> voters = new TreeSet<>();
        Set<NodeId> outgoing = new TreeSet<>();
        Set<NodeId> learners = new TreeSet<>();
        Set<NodeId> demoted = new TreeSet<>();
        SortedMap<NodeId, Member> details = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            NodeId id = NodeId.of(in.getInt());
            int parts = in.get();
            require((parts & ~(VOTER | OUTGOING | LEARNER | DEMOTED)) == 0, "unknown part " + parts);
            require((parts & (VOTER | OUTGOING | LEARNER)) != 0, "node " + id + " has no part");
            require(details.isEmpty() || id.compareTo(details.lastKey()) > 0, "ids do not ascend");
            addIf(parts, VOTER, voters, id);
            addIf(parts, OUTGOING, outgoing, id);
            addIf(parts, LEARNER, learners, id);
            addIf(parts, DEMOTED, demoted, id);
            details.put(id, decodeMember(in, id));
        }
        return new Membership(voters, outgoing, learners, demoted, details);
    }

    private static Member decodeMember(ByteBuffer in, NodeId id) {
        int flags = in.get();
        require((flags & ~(READ_ONLY | HAS_STORAGE_ID | HAS_API_ADDRESS)) == 0, "unknown flags " + flags);
        int replaces = in.getInt();
        UUID storageId = (flags & HAS_STORAGE_ID) == 0 ? null : new UUID(in.getLong(), in.getLong());
        String address = decodeAddress(in);
        String apiAddress = "";
        if ((flags & HAS_API_ADDRESS) != 0) {
            apiAddress = decodeAddress(in);
            require(!apiAddress.isEmpty(), "an empty api address");
        }
        return new Member(
                id,
                address,
                apiAddress,
                storageId,
                (flags & READ_ONLY) != 0,
                replaces == 0 ? null : NodeId.of(replaces));
    }

    private static String decodeAddress(ByteBuffer in) {
        int length = in.getShort();
        require(length >= 0 && length <= Member.MAX_ADDRESS_BYTES, "an address of " + length + " bytes");
        byte[] address = new byte[length];
        in.get(address);
        String text = new String(address, StandardCharsets.UTF_8);
        require(Arrays.equals(text.getBytes(StandardCharsets.UTF_8), address), "an address is no UTF-8");
        return text;
    }

    private static void addIf(int parts, int part, Set<NodeId> nodes, NodeId id) {
        if ((parts & part) != 0) {
            nodes.add(id);
        }
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalArgumentException("ill-formed membership: " + problem);
        }
    }
}
