package io.dengine.raft.membership;

import static io.dengine.raft.membership.Nodes.node;
import static io.dengine.raft.membership.Nodes.nodes;
import static io.dengine.raft.membership.Nodes.voters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MembershipCodecTest {

    private final SplittableRandom random = new SplittableRandom(3);

    /** These bytes are in logs and states; what writes others is another version. */
    @Test
    void bytesOfVersion1NeverChange() {
        TreeMap<NodeId, Member> details = new TreeMap<>();
        details.put(node(1), Member.of(node(1), "a:1", new UUID(0x0102030405060708L, 0x1112131415161718L)));
        details.put(node(4), new Member(node(4), "é", "é:2", null, true, node(2)));
        Membership membership = new Membership(nodes(1), nodes(1, 2), nodes(4), nodes(2), details);

        assertThat(HexFormat.of().formatHex(MembershipCodec.encode(membership)))
                .isEqualTo("01" + "0003"
                        + "00000001" + "03" + "02" + "00000000" + "01020304050607081112131415161718" + "0003613a31"
                        + "00000002" + "0a" + "00" + "00000000" + "0000"
                        + "00000004" + "04" + "05" + "00000002" + "0002c3a9" + "0004c3a93a32");
        assertThat(HexFormat.of().formatHex(MembershipCodec.encode(Membership.NONE)))
                .isEqualTo("010000");
    }

    @Test
    void everyMembershipComesBackAsItWas() {
        for (int i = 0; i < 2000; i++) {
            Membership membership = anyMembership();

            assertThat(MembershipCodec.decode(MembershipCodec.encode(membership)))
                    .isEqualTo(membership);
        }
        assertThat(MembershipCodec.decode(MembershipCodec.encode(Membership.NONE)))
                .isEqualTo(Membership.NONE);
    }

    /** Memberships are compared by their bytes in the state's hash: one membership, one encoding. */
    @Test
    void bytesAreEitherRefusedOrTheOnlyOnesOfTheirMembership() {
        int accepted = 0;
        for (int i = 0; i < 40_000; i++) {
            byte[] bytes = damaged(MembershipCodec.encode(anyMembership()));
            Membership membership;
            try {
                membership = MembershipCodec.decode(bytes);
            } catch (IllegalArgumentException refused) {
                continue; // any other exception fails the test
            }
            assertThat(MembershipCodec.encode(membership)).isEqualTo(bytes);
            accepted++;
        }
        assertThat(accepted).isGreaterThan(1000);
    }

    @Test
    void bytesOfNoMeaningAreRefusedAndNeverFollowed() {
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(60)];
            random.nextBytes(bytes);
            if (bytes.length > 2 && random.nextBoolean()) {
                bytes[0] = 1;
                bytes[1] = 0;
                bytes[2] = (byte) random.nextInt(4);
            }
            try {
                assertThat(MembershipCodec.encode(MembershipCodec.decode(bytes)))
                        .isEqualTo(bytes);
            } catch (IllegalArgumentException refused) {
                assertThat(refused).hasMessageNotContaining("null");
            }
        }
    }

    @Test
    void noPrefixAndNothingLongerIsTaken() {
        byte[] whole = MembershipCodec.encode(voters(1, 2, 3).knowing(Member.of(node(2), "b:1", new UUID(1, 2))));

        for (int length = 0; length < whole.length; length++) {
            byte[] prefix = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> MembershipCodec.decode(prefix))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("ill-formed membership: it ends early");
        }
        assertThatThrownBy(() -> MembershipCodec.decode(Arrays.copyOf(whole, whole.length + 1)))
                .hasMessage("ill-formed membership: bytes follow it");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    020000                               | ill-formed membership: its version is 2
                    01ffff                               | ill-formed membership: it has -1 members
                    0103e9                               | ill-formed membership: it has 1001 members
                    010001000000010100                   | ill-formed membership: it ends early
                    01000100000001000000000000 0000      | ill-formed membership: node 1 has no part
                    01000100000001080000000000 0000      | ill-formed membership: node 1 has no part
                    01000100000001110000000000 0000      | ill-formed membership: unknown part 17
                    01000100000001ff0000000000 0000      | ill-formed membership: unknown part -1
                    01000100000001010800000000 0000      | ill-formed membership: unknown flags 8
                    01000100000001010400000000 0000 0000 | ill-formed membership: an empty api address
                    01000100000001018000000000 0000      | ill-formed membership: unknown flags -128
                    0100010000000101000000000 00401      | ill-formed membership: an address of 1025 bytes
                    010001000000010100000000008000       | ill-formed membership: an address of -32768 bytes
                    01000100000001010000000000 0001ff    | ill-formed membership: an address is no UTF-8
                    01000100000000010000000000 0000      | a node id must be above 0: 0
                    01000100000001010000000001 0000      | node 1 cannot replace itself
                    010001000000010100ffffffff 0000      | a node id must be above 0: -1
                    01000100000001040000000000 0000      | a cluster needs at least one voter
                    01000100000001050000000000 0000      | learners [1] overlap voters [1] or outgoing voters []
                    01000100000001090000000000 0000      | demoted [1] must be in outgoing voters [] and not in voters [1]
                    01000200000002010000000000 0000 00000002010000000000 0000 | ill-formed membership: ids do not ascend
                    01000200000002010000000000 0000 00000001010000000000 0000 | ill-formed membership: ids do not ascend
                    """)
    void whatIsWrongIsNamed(String hex, String text) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));

        assertThatThrownBy(() -> MembershipCodec.decode(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(text);
    }

    @Test
    void aThousandMembersAreTheMost() {
        Set<NodeId> many = new TreeSet<>();
        for (int id = 1; id <= 1000; id++) {
            many.add(node(id));
        }
        Membership thousand = Membership.ofVoters(many);
        assertThat(MembershipCodec.decode(MembershipCodec.encode(thousand))).isEqualTo(thousand);

        many.add(node(1001));
        assertThatThrownBy(() -> MembershipCodec.encode(Membership.ofVoters(many)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a cluster of 1001 members is too large");
    }

    @Test
    void theLongestAddressFits() {
        String longest = "é".repeat(Member.MAX_ADDRESS_BYTES / 2);
        Membership membership = voters(1).knowing(Member.of(node(1), longest, null));

        assertThat(MembershipCodec.decode(MembershipCodec.encode(membership))).isEqualTo(membership);
        assertThatThrownBy(() -> MembershipCodec.encode(voters(1).knowing(Member.of(node(1), longest + "é", null))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("an address of node 1 is too long");
    }

    private byte[] damaged(byte[] bytes) {
        byte[] copy = bytes.clone();
        int edits = 1 + random.nextInt(2);
        for (int i = 0; i < edits; i++) {
            copy[random.nextInt(copy.length)] = (byte) random.nextInt(256);
        }
        return random.nextInt(10) == 0 ? Arrays.copyOf(copy, random.nextInt(copy.length + 3)) : copy;
    }

    private Membership anyMembership() {
        Set<NodeId> voters = some(0.6);
        voters.add(node(1 + random.nextInt(6)));
        Set<NodeId> outgoing = random.nextBoolean() ? some(0.6) : nodes();
        Set<NodeId> learners = some(0.4);
        learners.removeAll(voters);
        learners.removeAll(outgoing);
        Set<NodeId> demoted = new TreeSet<>(outgoing);
        demoted.removeAll(voters);
        demoted.removeIf(node -> random.nextBoolean());
        TreeMap<NodeId, Member> details = new TreeMap<>();
        for (NodeId node : some(0.8)) {
            NodeId replaces = node(1 + random.nextInt(6));
            details.put(
                    node,
                    new Member(
                            node,
                            random.nextBoolean() ? "host-é-" + node + ":1" : "",
                            random.nextBoolean() ? "api-" + node + ":2" : "",
                            random.nextBoolean() ? new UUID(random.nextLong(), random.nextLong()) : null,
                            random.nextBoolean(),
                            replaces.equals(node) || random.nextBoolean() ? null : replaces));
        }
        return new Membership(voters, outgoing, learners, demoted, details);
    }

    private Set<NodeId> some(double share) {
        Set<NodeId> chosen = new TreeSet<>();
        for (int id = 1; id <= 6; id++) {
            if (random.nextDouble() < share) {
                chosen.add(node(id));
            }
        }
        return chosen;
    }
}
