package io.dengine.cli;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Orders for the members of a cluster. Each may be given again: what is so already is done at once. */
final class OrderCommands {

    private OrderCommands() {}

    /** As long as an order may take at the node that leads. */
    private static final int REQUEST_TIMEOUTS = 6;

    /** An order that is done or not. */
    private abstract static class Order extends OnlineCommand {

        Order(Dengine dengine) {
            super(dengine);
        }

        @Override
        final int requestTimeouts() {
            return REQUEST_TIMEOUTS;
        }

        final ExitCode done(CompletableFuture<Void> order, String text) {
            await(order);
            show(Answer.of(text).with("done", true));
            return ExitCode.DONE;
        }
    }

    /** An order about one member. */
    private abstract static class MemberOrder extends Order {

        @Parameters(paramLabel = "NODE", description = "The member's id.")
        int node;

        MemberOrder(Dengine dengine) {
            super(dengine);
        }

        final NodeId node() {
            return NodeId.of(node);
        }
    }

    /** Takes a node in. */
    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description =
                    "Takes a node in that runs and waits to join: as a learner, which votes once it has caught up.")
    static final class Add extends Order {

        @Parameters(index = "0", paramLabel = "NODE", description = "The node's id.")
        int node;

        @Parameters(index = "1", paramLabel = "HOST:PORT", description = "Where it listens for other members.")
        String address = "";

        @Option(names = "--learner", description = "It stays a learner and never votes.")
        boolean learner;

        Add(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            return done(
                    session.cluster().addLearner(NodeId.of(node), PeerAddress.parse("HOST:PORT", address), learner),
                    "node " + node + " is a learner" + (learner ? "" : ", and votes once it has caught up"));
        }
    }

    /** Gives a learner a vote. */
    @Command(
            name = "promote",
            mixinStandardHelpOptions = true,
            description = "Makes a learner that has caught up a voter.")
    static final class Promote extends MemberOrder {

        Promote(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            return done(session.cluster().promote(node()), "node " + node + " votes");
        }
    }

    /** Takes a voter's vote. */
    @Command(name = "demote", mixinStandardHelpOptions = true, description = "Makes a voter a learner that stays one.")
    static final class Demote extends MemberOrder {

        Demote(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            return done(session.cluster().demote(node()), "node " + node + " is a learner");
        }
    }

    /** Takes a member out. */
    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = "Takes a member out. Stop it, and empty its directory before it may join again.")
    static final class Remove extends MemberOrder {

        Remove(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            return done(session.cluster().remove(node()), "node " + node + " is out");
        }
    }

    /** Puts a node in the place of another. */
    @Command(
            name = "replace",
            mixinStandardHelpOptions = true,
            description = "Puts a node that waits to join in a voter's place, dead or alive, once it has caught up.")
    static final class Replace extends Order {

        @Parameters(index = "0", paramLabel = "LEAVING", description = "The voter that leaves.")
        int leaving;

        @Parameters(index = "1", paramLabel = "JOINING", description = "The node that takes its place.")
        int joining;

        @Parameters(index = "2", paramLabel = "HOST:PORT", description = "Where that one listens for other members.")
        String address = "";

        Replace(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            return done(
                    session.cluster()
                            .replace(NodeId.of(leaving), NodeId.of(joining), PeerAddress.parse("HOST:PORT", address)),
                    "node " + joining + " takes the place of node " + leaving + " once it has caught up");
        }
    }

    /** Hands leadership over. */
    @Command(name = "transfer", mixinStandardHelpOptions = true, description = "Hands leadership over.")
    static final class Transfer extends Order {

        @Parameters(
                arity = "0..1",
                paramLabel = "NODE",
                description = "The voter that is to lead. Default: the one that lacks least.")
        @Nullable
        Integer node;

        Transfer(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            return done(
                    session.cluster().transferLeadership(node == null ? null : NodeId.of(node)),
                    node == null ? "another voter leads" : "node " + node + " leads");
        }
    }

    /** Takes a snapshot. */
    @Command(
            name = "snapshot",
            mixinStandardHelpOptions = true,
            description = "Takes a snapshot of a member's state, and shortens its log as far as the others allow.")
    static final class Snapshot extends OnlineCommand {

        @Parameters(arity = "0..1", paramLabel = "NODE", description = "The member. Default: the leader.")
        @Nullable
        Integer node;

        Snapshot(Dengine dengine) {
            super(dengine);
        }

        @Override
        int requestTimeouts() {
            return REQUEST_TIMEOUTS;
        }

        @Override
        ExitCode run(Session session) {
            long index = await(session.snapshot(node == null ? null : NodeId.of(node)));
            show(Answer.of("a snapshot up to entry " + index).with("index", index));
            return ExitCode.DONE;
        }
    }
}
