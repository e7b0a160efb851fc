package io.dengine.server;

import static io.dengine.server.Served.bytes;
import static io.dengine.server.Served.codeOf;
import static io.dengine.server.Served.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.dengine.FreePorts;
import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.PeerAddress;
import io.dengine.config.Peering;
import io.dengine.proto.compat.client.MembershipSnapshot;
import io.dengine.proto.compat.client.RaftClientServiceGrpc;
import io.dengine.proto.compat.client.WatchMembershipRequest;
import io.dengine.proto.compat.cluster.ClusterConfChangeRequest;
import io.dengine.proto.compat.cluster.ClusterManagementServiceGrpc;
import io.dengine.proto.compat.cluster.ClusterMembership;
import io.dengine.proto.compat.cluster.JoinRequest;
import io.dengine.proto.compat.cluster.JoinResponse;
import io.dengine.proto.compat.cluster.LeaderDiscoveryRequest;
import io.dengine.proto.compat.cluster.LeaderDiscoveryResponse;
import io.dengine.proto.compat.cluster.MetadataRequest;
import io.dengine.proto.compat.cluster.NodeMeta;
import io.dengine.proto.compat.common.NodeRole;
import io.dengine.proto.compat.common.NodeStatus;
import io.dengine.proto.v1.AddLearnerRequest;
import io.dengine.proto.v1.ClusterGrpc;
import io.dengine.proto.v1.DemoteRequest;
import io.dengine.proto.v1.GetRequest;
import io.dengine.proto.v1.KeyValueGrpc;
import io.dengine.proto.v1.LeaderRequest;
import io.dengine.proto.v1.LeaderResponse;
import io.dengine.proto.v1.Member;
import io.dengine.proto.v1.MemberPart;
import io.dengine.proto.v1.MembersRequest;
import io.dengine.proto.v1.MembersResponse;
import io.dengine.proto.v1.NodeHealth;
import io.dengine.proto.v1.PromoteRequest;
import io.dengine.proto.v1.PutRequest;
import io.dengine.proto.v1.Reason;
import io.dengine.proto.v1.RemoveRequest;
import io.dengine.proto.v1.ReplaceRequest;
import io.dengine.proto.v1.SnapshotRequest;
import io.dengine.proto.v1.StatusRequest;
import io.dengine.proto.v1.StatusResponse;
import io.dengine.proto.v1.TransferLeadershipRequest;
import io.dengine.raft.membership.NodeId;
import io.dengine.server.Served.Received;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Three nodes as clients meet them. */
@Timeout(120)
class ClusterServicesTest {

    private static Served served;

    @BeforeAll
    static void start() {
        served = Served.cluster(3, 0);
    }

    @AfterAll
    static void close() {
        served.close();
    }

    private ClusterGrpc.ClusterBlockingStub cluster(int id) {
        return ClusterGrpc.newBlockingStub(served.channel(id));
    }

    /** Returns who leads, once all know. */
    private static int leader() {
        return await().atMost(Served.PATIENCE)
                .until(
                        () -> served.engines.values().stream()
                                .map(engine ->
                                        engine.leader().map(NodeId::value).orElse(0))
                                .distinct()
                                .reduce((one, other) -> 0)
                                .filter(id -> id > 0 && served.engines.get(id).isLeader())
                                .orElse(0),
                        id -> id > 0);
    }

    private void awaitAddresses(int id, int members) {
        ClusterGrpc.ClusterBlockingStub cluster = cluster(id);
        await().atMost(Served.PATIENCE).untilAsserted(() -> {
            MembersResponse response = cluster.members(MembersRequest.getDefaultInstance());
            assertThat(response.getMembersList())
                    .hasSize(members)
                    .allSatisfy(member -> assertThat(member.getApiAddress())
                            .isEqualTo(served.apis.get(member.getNodeId()).toString()));
        });
    }

    @Test
    void everyMemberNamesAllMembersWithTheAddressesForClients() {
        int leader = leader();
        for (int id = 1; id <= 3; id++) {
            awaitAddresses(id, 3);
            MembersResponse members = cluster(id).members(MembersRequest.getDefaultInstance());
            LeaderResponse named = cluster(id).leader(LeaderRequest.getDefaultInstance());

            assertThat(members.getNodeId()).isEqualTo(id);
            assertThat(members.getClusterName()).isEqualTo("test");
            assertThat(members.getLeaderId()).isEqualTo(leader);
            assertThat(members.getTerm()).isPositive();
            assertThat(members.getMembersList()).extracting(Member::getPart).containsOnly(MemberPart.MEMBER_PART_VOTER);
            assertThat(named.getLeaderId()).isEqualTo(leader);
            assertThat(named.getApiAddress()).isEqualTo(served.apis.get(leader).toString());
            assertThat(named.getPeerAddress())
                    .isEqualTo(served.engines.get(leader).config().address().toString());
            assertThat(named.getTerm()).isEqualTo(members.getTerm());
        }
    }

    @Test
    void anyNodeAnswersAnyRequest() {
        for (int id = 1; id <= 3; id++) {
            KeyValueGrpc.KeyValueBlockingStub store = KeyValueGrpc.newBlockingStub(served.channel(id));
            store.put(PutRequest.newBuilder()
                    .setKey(bytes("k"))
                    .setValue(bytes("by " + id))
                    .build());
            for (int other = 1; other <= 3; other++) {
                assertThat(KeyValueGrpc.newBlockingStub(served.channel(other))
                                .get(GetRequest.newBuilder().setKey(bytes("k")).build())
                                .getEntry()
                                .getValue())
                        .isEqualTo(bytes("by " + id));
            }
        }
    }

    @Test
    void theStatusOfTheLeaderKnowsHowFarTheOthersAre() {
        int leader = leader();
        StatusResponse ofLeader = cluster(leader).status(StatusRequest.getDefaultInstance());
        StatusResponse ofOther = cluster(leader % 3 + 1).status(StatusRequest.getDefaultInstance());

        assertThat(ofLeader.getNodeId()).isEqualTo(leader);
        assertThat(ofLeader.getHealth()).isEqualTo(NodeHealth.NODE_HEALTH_SERVING);
        assertThat(ofLeader.getRole()).isEqualTo(io.dengine.proto.v1.NodeRole.NODE_ROLE_LEADER);
        assertThat(ofLeader.getRevision()).isPositive();
        assertThat(ofLeader.getMembersList()).hasSize(3).allMatch(Member::hasMatchIndex);
        assertThat(ofOther.getRole()).isEqualTo(io.dengine.proto.v1.NodeRole.NODE_ROLE_FOLLOWER);
        assertThat(ofOther.getLeaderId()).isEqualTo(leader);
        assertThat(ofOther.getMembersList()).noneMatch(Member::hasMatchIndex);
    }

    @Test
    void leadershipIsTransferredAndASnapshotTaken() {
        int target = leader() % 3 + 1;
        cluster(target)
                .transferLeadership(TransferLeadershipRequest.newBuilder()
                        .setTargetNodeId(target)
                        .build());

        await().atMost(Served.PATIENCE).until(() -> served.engines.get(target).isLeader());
        assertThat(cluster(target)
                        .snapshot(SnapshotRequest.getDefaultInstance())
                        .getIndex())
                .isPositive();
    }

    @Test
    void aNodeJoinsIsPromotedDemotedAndRemovedAndWatchersOfTheMembershipSeeIt() {
        Received<MembershipSnapshot> members = new Received<>();
        RaftClientServiceGrpc.newStub(served.channel(1))
                .watchMembership(WatchMembershipRequest.getDefaultInstance(), members);
        assertThat(members.next().getMembersList()).containsExactly(1, 2, 3);
        PeerAddress peers = FreePorts.address();
        served.apis.put(4, FreePorts.address());
        served.start(Served.inMemory(DEngineConfig.member(4, Path.of("served"), "test", Map.of()))
                .with(new Peering(
                        peers, null, List.of(served.engines.get(1).config().address()), true, null))
                .with(ApiSettings.at(served.apis.get(4))));
        ClusterGrpc.ClusterBlockingStub cluster = cluster(2);

        cluster.addLearner(AddLearnerRequest.newBuilder()
                .setNodeId(4)
                .setPeerAddress(peers.toString())
                .setReadOnly(true)
                .build());
        awaitMembership(members, List.of(1, 2, 3), List.of(4));
        awaitAddresses(2, 4);
        await().atMost(Served.PATIENCE)
                .ignoreExceptions()
                .until(() -> cluster.promote(
                                PromoteRequest.newBuilder().setNodeId(4).build())
                        .isInitialized());
        awaitMembership(members, List.of(1, 2, 3, 4), List.of());
        awaitAddresses(2, 4);
        cluster.demote(DemoteRequest.newBuilder().setNodeId(4).build());
        awaitMembership(members, List.of(1, 2, 3), List.of(4));
        cluster.remove(RemoveRequest.newBuilder().setNodeId(4).build());
        awaitMembership(members, List.of(1, 2, 3), List.of());
        served.engines.remove(4).close();
        served.apis.remove(4);
    }

    private static void awaitMembership(
            Received<MembershipSnapshot> received, List<Integer> voters, List<Integer> learners) {
        MembershipSnapshot snapshot = received.next();
        long index = snapshot.getCommittedIndex();
        while (!snapshot.getMembersList().equals(voters)
                || !snapshot.getLearnersList().equals(learners)) {
            snapshot = received.next();
            assertThat(snapshot.getCommittedIndex()).isGreaterThan(index);
            index = snapshot.getCommittedIndex();
        }
    }

    @Test
    void ordersThatMakeNoSenseAreRefusedWithTheReason() {
        ClusterGrpc.ClusterBlockingStub cluster = cluster(1);

        Throwable noId = catchThrowable(() -> cluster.promote(PromoteRequest.getDefaultInstance()));
        Throwable noMember = catchThrowable(
                () -> cluster.promote(PromoteRequest.newBuilder().setNodeId(9).build()));
        Throwable noAddress = catchThrowable(() -> cluster.replace(ReplaceRequest.newBuilder()
                .setLeavingNodeId(1)
                .setJoiningNodeId(9)
                .setPeerAddress("nowhere")
                .build()));

        for (Throwable thrown : List.of(noId, noMember, noAddress)) {
            assertThat(codeOf(thrown)).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(failureOf(thrown).getReason()).isEqualTo(Reason.REASON_INVALID);
        }
        assertThat(noId).hasMessageContaining("a node id must be above 0");
        assertThat(noMember).hasMessageContaining("node 9 is not a member");
        assertThat(noAddress).hasMessageContaining("'nowhere' is not a host:port address");
    }

    @Test
    void clientsOfDEngineFindTheLeader() {
        int leader = leader();
        awaitAddresses(1, 3);
        awaitAddresses(2, 3);
        awaitAddresses(3, 3);
        for (int id = 1; id <= 3; id++) {
            var stub = ClusterManagementServiceGrpc.newBlockingStub(served.channel(id));
            ClusterMembership metadata = stub.getClusterMetadata(MetadataRequest.getDefaultInstance());
            LeaderDiscoveryResponse found = stub.discoverLeader(LeaderDiscoveryRequest.getDefaultInstance());

            assertThat(metadata.getCurrentLeaderId()).isEqualTo(leader);
            assertThat(metadata.getNodesList())
                    .extracting(NodeMeta::getAddress)
                    .containsExactlyElementsOf(served.apis.values().stream()
                            .map(PeerAddress::toString)
                            .toList());
            assertThat(metadata.getNodesList())
                    .allMatch(node -> node.getRole() == NodeRole.NODE_ROLE_FOLLOWER.getNumber()
                            && node.getStatus() == NodeStatus.NODE_STATUS_ACTIVE);
            assertThat(found.getLeaderId()).isEqualTo(leader);
            assertThat(found.getLeaderAddress())
                    .isEqualTo(served.apis.get(leader).toString());
            assertThat(found.getTerm()).isPositive();
        }
    }

    @Test
    void nodesOfDEngineAreTurnedAwayWithAText() {
        var stub = ClusterManagementServiceGrpc.newBlockingStub(served.channel());

        JoinResponse join =
                stub.joinCluster(JoinRequest.newBuilder().setNodeId(9).build());
        Throwable update = catchThrowable(() -> stub.updateClusterConf(ClusterConfChangeRequest.getDefaultInstance()));

        assertThat(join.getSuccess()).isFalse();
        assertThat(join.getError()).contains("cluster.join");
        assertThat(join.getConfig().getNodesCount()).isEqualTo(3);
        assertThat(codeOf(update)).isEqualTo(Status.Code.UNIMPLEMENTED);
        assertThat(update).hasMessageContaining("AddLearner");
    }
}
