package io.dengine.raft.membership;

import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the cluster knows of one member beyond its part in agreement.
 *
 * @param id the member
 * @param address where it listens for its peers, as {@code host:port}; empty if unknown
 * @param apiAddress where it serves clients, as {@code host:port}; empty if it serves none, or unknown
 * @param storageId the storage that speaks for it: a node that lost its data comes back with another. Null until a leader has met it
 * @param readOnly whether a learner stays one; a learner that is not read-only is promoted once it has caught up
 * @param replaces the voter that leaves in the step that makes this learner a voter; null if none
 */
public record Member(
        NodeId id,
        String address,
        String apiAddress,
        @Nullable UUID storageId,
        boolean readOnly,
        @Nullable NodeId replaces) {

    /** The longest address, in bytes of UTF-8. */
    public static final int MAX_ADDRESS_BYTES = 1024;

    public Member {
        if (id.equals(replaces)) {
            throw new IllegalArgumentException("node " + id + " cannot replace itself");
        }
        if (address.length() > MAX_ADDRESS_BYTES || apiAddress.length() > MAX_ADDRESS_BYTES) {
            throw new IllegalArgumentException("the address of node " + id + " is too long");
        }
    }

    /** Returns a member of which only the id is known. */
    public static Member unknown(NodeId id) {
        return new Member(id, "", "", null, false, null);
    }

    /** Returns a node that will become a voter. */
    public static Member of(NodeId id, String address, @Nullable UUID storageId) {
        return new Member(id, address, "", storageId, false, null);
    }

    public Member withApiAddress(String clientsGoTo) {
        return new Member(id, address, clientsGoTo, storageId, readOnly, replaces);
    }

    public Member withReadOnly(boolean stays) {
        return new Member(id, address, apiAddress, storageId, stays, replaces);
    }

    public Member withReplaces(@Nullable NodeId voter) {
        return new Member(id, address, apiAddress, storageId, readOnly, voter);
    }

    /**
     * Returns this member with the addresses and the storage of {@code seen}, as far as that knows them. Only what a node
     * says of itself names its storage and an address, and that alone can say that it serves no clients any more.
     */
    public Member seenAs(Member seen) {
        boolean byItself = seen.storageId != null && !(seen.address.isEmpty() && seen.apiAddress.isEmpty());
        return new Member(
                id,
                seen.address.isEmpty() ? address : seen.address,
                byItself ? seen.apiAddress : apiAddress,
                seen.storageId == null ? storageId : seen.storageId,
                readOnly,
                replaces);
    }

    /** Returns whether another storage than {@code storage} speaks for this member. */
    public boolean isOtherStorage(@Nullable UUID storage) {
        return storageId != null && storage != null && !Objects.equals(storageId, storage);
    }
}
