package io.dengine.sim;

import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.Membership;
import io.dengine.transport.PeerTransport.JoinAnswer;
import io.dengine.transport.PeerTransport.JoinRequest;
import io.dengine.transport.PeerTransport.Sighting;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What processes ask of an address, not of a peer. Question and answer may each be lost, which a time limit tells. */
final class SimGuests {

    /** Shorter than on a real network, as all times here are. */
    private static final long PATIENCE_NANOS = 500 * Swarm.MILLI;

    private final Simulation simulation;
    private final SimNetwork network;

    SimGuests(Simulation simulation, SimNetwork network) {
        this.simulation = simulation;
        this.network = network;
    }

    void join(SimNode node, Life life, PeerAddress seed, JoinRequest request, Consumer<JoinAnswer> answer) {
        simulation.trace().add("asks to join", node.number(), 0, 0, seed);
        Consumer<JoinAnswer> once = once(life, given -> {
            simulation
                    .trace()
                    .add("join answered", node.number(), given.outcome().code(), 0, given);
            answer.accept(given);
        });
        ask(
                node,
                seed,
                (host, there) ->
                        there.listener.onJoin(request, given -> network.carry(host, node, () -> once.accept(given))),
                () -> once.accept(new JoinAnswer(JoinAnswer.Outcome.RETRY, "no answer from " + seed, Membership.NONE)));
    }

    void probe(SimNode node, Life life, PeerAddress address, Consumer<Sighting> answer) {
        Consumer<Sighting> once = once(life, answer);
        ask(
                node,
                address,
                (host, there) -> {
                    Member met = Member.of(host.id(), address.toString(), there.directory.storageId());
                    Sighting sighting =
                            host == node ? new Sighting(null, address + " is this node itself") : new Sighting(met, "");
                    network.carry(host, node, () -> once.accept(sighting));
                },
                () -> once.accept(new Sighting(null, "cannot reach " + address)));
    }

    private interface Question {
        void reach(SimNode host, Life there);
    }

    private void ask(SimNode node, PeerAddress address, Question question, Runnable giveUp) {
        simulation.scheduler().after(PATIENCE_NANOS, giveUp);
        SimNode host = at(address);
        if (host != null) {
            network.carry(node, host, () -> {
                Life there = host.life();
                if (there != null && there.listener != null) {
                    question.reach(host, there);
                }
            });
        }
    }

    private @Nullable SimNode at(PeerAddress address) {
        for (SimNode node : simulation.nodes()) {
            if (SimNetwork.addressOf(node.number()).equals(address)) {
                return node;
            }
        }
        return null;
    }

    /** Answers one time at most, and nobody who is dead. */
    private static <T> Consumer<T> once(Life life, Consumer<T> answer) {
        AtomicBoolean answered = new AtomicBoolean();
        return given -> {
            if (!life.ended && answered.compareAndSet(false, true)) {
                answer.accept(given);
            }
        };
    }
}
