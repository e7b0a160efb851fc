package io.dengine.cli;

import io.dengine.node.NodeHealth;
import io.dengine.node.NodeStatus;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Commands that look at a cluster. */
final class ClusterCommands {

    private ClusterCommands() {}

    private static @Nullable Integer number(@Nullable NodeId node) {
        return node == null ? null : node.value();
    }

    /** Who belongs to the cluster. */
    @Command(name = "members", mixinStandardHelpOptions = true, description = "Shows who belongs to the cluster.")
    static final class Members extends OnlineCommand {

        Members(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            Membership membership = session.cluster().members();
            NodeId leader = await(session.status(null)).leader();
            for (Member member : membership.details().values()) {
                String part = part(membership, member);
                boolean leads = member.id().equals(leader);
                show(Answer.of(member.id() + "\t" + member.address() + "\t" + part + (leads ? "\tleader" : ""))
                        .with("node", member.id().value())
                        .with("address", member.address())
                        .with("apiAddress", member.apiAddress())
                        .with("part", part)
                        .with("readOnly", member.readOnly())
                        .with("leader", leads));
            }
            return ExitCode.DONE;
        }

        private static String part(Membership membership, Member member) {
            if (membership.voters().contains(member.id())) {
                return "voter";
            }
            return membership.isVoter(member.id()) ? "leaving voter" : "learner";
        }
    }

    /** Who leads. */
    @Command(
            name = "leader",
            mixinStandardHelpOptions = true,
            description = "Shows who leads. Exit code 1 if nobody does.")
    static final class Leader extends OnlineCommand {

        Leader(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            NodeStatus status = await(session.status(null));
            NodeId leader = status.leader();
            String address = leader != null && status.membership().contains(leader)
                    ? status.membership().member(leader).address()
                    : "";
            show(Answer.of(leader == null ? "no leader is known" : leader + "\t" + address)
                    .with("leader", number(leader))
                    .with("address", address)
                    .with("term", status.term()));
            return leader == null ? ExitCode.NO : ExitCode.DONE;
        }
    }

    /** How a member is. */
    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = "Shows how a member is. Exit code 1 if it cannot serve.")
    static final class Status extends OnlineCommand {

        @Parameters(arity = "0..1", paramLabel = "NODE", description = "The member. Default: the leader, or else any.")
        @Nullable
        Integer node;

        Status(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            NodeStatus status = await(session.status(node == null ? null : NodeId.of(node)));
            show(Answer.of(text(status))
                    .with("node", status.nodeId().value())
                    .with("cluster", status.clusterName())
                    .with("health", name(status.health()))
                    .with("detail", status.detail())
                    .with("role", name(status.role()))
                    .with("term", status.term())
                    .with("leader", number(status.leader()))
                    .with("leaderChanges", status.leaderChanges())
                    .with("commitIndex", status.commitIndex())
                    .with("lastApplied", status.lastApplied())
                    .with("lastIndex", status.lastIndex())
                    .with("revision", status.revision())
                    .with("durability", name(status.durability()))
                    .with("pendingProposals", status.pendingProposals())
                    .with("pendingReads", status.pendingReads())
                    .with("watches", status.watches())
                    .with("watchLagRevisions", status.watchLagRevisions())
                    .with("historyEvents", status.historyEvents())
                    .with("logBytes", status.logBytes())
                    .with("stateBytes", status.stateBytes()));
            return status.health() == NodeHealth.SERVING ? ExitCode.DONE : ExitCode.NO;
        }

        private static String text(NodeStatus status) {
            return String.join(
                    "\n",
                    "node       " + status.nodeId() + " of the cluster '" + status.clusterName() + "'",
                    "health     " + name(status.health()) + (status.detail().isEmpty() ? "" : ": " + status.detail()),
                    "role       " + name(status.role()) + " in term " + status.term() + ", leader "
                            + (status.leader() == null ? "unknown" : status.leader()),
                    "members    " + status.membership(),
                    "log        " + status.lastIndex() + ", committed " + status.commitIndex() + ", applied "
                            + status.lastApplied() + ", " + status.logBytes() + " bytes",
                    "state      revision " + status.revision() + ", " + status.stateBytes() + " bytes",
                    "pending    " + status.pendingProposals() + " writes, " + status.pendingReads() + " reads",
                    "watches    " + status.watches() + ", at most " + status.watchLagRevisions() + " revisions behind, "
                            + status.historyEvents() + " changes kept",
                    "durability " + name(status.durability()));
        }

        private static String name(Enum<?> constant) {
            return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
