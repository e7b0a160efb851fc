package io.dengine.sim;

import io.dengine.config.PeerAddress;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import io.dengine.raft.message.AppendRequest;
import io.dengine.sim.Faults.Kind;
import io.dengine.storage.SnapshotManifest;
import io.dengine.transport.Guidance;
import io.dengine.transport.PeerMessage;
import io.dengine.transport.PeerTransport;
import io.dengine.transport.netty.MessageBytes;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * The links between the nodes, one for each direction. Messages travel as their bytes and may be lost, delayed or
 * overtaken; consensus and read-index messages may also come twice or reach the receiver's next life. A forwarded write
 * comes at most once and to the life it was sent to, as over TCP.
 */
final class SimNetwork {

    private static final long MILLI = Swarm.MILLI;

    /** One direction between two nodes. */
    private static final class Link {
        /** Swallows what is sent; the sender does not know. */
        private boolean cut;
        /** The sender knows that it is not connected. */
        private boolean noticed;
        /** Tells one cut from the next. */
        private long cuts;
        /** Tells one connection from the next: what is under way when one breaks is lost. */
        private long connection;

        private long newestArrivalNanos;
    }

    private final Simulation simulation;
    private final Scheduler scheduler;
    private final Swarm swarm;
    private final RandomGenerator random;
    private final Link[][] links;
    private final SimHandshakes handshakes = new SimHandshakes(this);
    private final SimGuests guests;
    private boolean healthy;

    SimNetwork(Simulation simulation, Swarm swarm, RandomGenerator random) {
        this.simulation = simulation;
        this.scheduler = simulation.scheduler();
        this.swarm = swarm;
        this.random = random;
        this.guests = new SimGuests(simulation, this);
        this.links = new Link[swarm.nodes + 1][swarm.nodes + 1];
        for (Link[] row : links) {
            Arrays.setAll(row, i -> new Link());
        }
    }

    /** Returns where a node listens. */
    static PeerAddress addressOf(int number) {
        return new PeerAddress("node" + number, 7400);
    }

    /** The transport of one life of a node. */
    PeerTransport transportOf(SimNode node, Life life) {
        return new PeerTransport() {
            @Override
            public void start(PeerListener listener) {
                life.listener = listener;
            }

            @Override
            public boolean send(NodeId to, PeerMessage message) {
                if (life.ended || (life.guides.containsKey(to) && !Guidance.isSaid(message))) {
                    return false;
                }
                simulation.oracle().onSend(node, to, message);
                return SimNetwork.this.send(node, simulation.node(to), message);
            }

            @Override
            public void follow(Membership membership, EntryId place) {
                life.followed = membership;
                life.place = place;
                life.accepted.clear();
                life.guides.clear();
            }

            @Override
            public void join(PeerAddress seed, JoinRequest request, Consumer<JoinAnswer> answer) {
                guests.join(node, life, seed, request, answer);
            }

            @Override
            public void probe(PeerAddress address, Consumer<Sighting> answer) {
                guests.probe(node, life, address, answer);
            }

            @Override
            public void close() {
                if (!life.ended) {
                    node.onLeftCluster();
                }
            }
        };
    }

    private boolean send(SimNode from, SimNode to, PeerMessage message) {
        Link link = links[from.number()][to.number()];
        if (link.noticed) {
            return false;
        }
        byte[] bytes = MessageBytes.encode(message);
        simulation.trace().add("send to " + to.number(), from.number(), bytes.length, Arrays.hashCode(bytes), message);
        if (simulation.bug() == PlantedBug.STATE_NOT_COMPARED && message instanceof PeerMessage.StateHash) {
            return true;
        }
        if (link.cut) {
            simulation.faults().count(Kind.MESSAGE_CUT);
        } else if (!healthy && random.nextDouble() < swarm.loss) {
            simulation.faults().count(Kind.MESSAGE_LOST);
        } else {
            carry(link, from, to, message, bytes);
        }
        return true;
    }

    private void carry(Link link, SimNode from, SimNode to, PeerMessage message, byte[] bytes) {
        boolean once = simulation.bug() != PlantedBug.FORWARDED_TWICE
                && (message instanceof PeerMessage.ProposeRequest || message instanceof PeerMessage.ProposeResponse);
        Life receiver = to.life();
        if (receiver == null && to.storages() > 0) {
            return; // what was meant for the old disk never reaches the new one
        }
        if (receiver != null
                && receiver.listener != null
                && !handshakes.stand(from, from.life(), to, receiver, message)) {
            return; // there is no connection
        }
        long lives = to.lives();
        Life sender = from.life();
        int copies = !once && !healthy && random.nextDouble() < swarm.repeat ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            long arrival = scheduler.now() + from.stallNanos() + delay(message);
            if (healthy) {
                arrival = Math.max(arrival, link.newestArrivalNanos); // as one connection delivers
            }
            if (arrival < link.newestArrivalNanos) {
                simulation.faults().count(Kind.MESSAGE_OVERTAKEN);
            }
            link.newestArrivalNanos = Math.max(link.newestArrivalNanos, arrival);
            boolean damaged = !healthy && swarm.corrupt > 0 && random.nextDouble() < swarm.corrupt;
            byte[] carried = damaged ? damaged(bytes) : bytes;
            long connection = link.connection;
            long storage = to.storages();
            scheduler.at(arrival, () -> {
                if (link.connection != connection || to.storages() != storage) {
                    return;
                }
                if (damaged) {
                    arriveDamaged(from, to, carried, MessageBytes.firstRecordByte(bytes) > 0);
                } else {
                    deliver(from, sender, to, once ? lives : 0, carried);
                }
            });
        }
        simulation.faults().add(Kind.MESSAGE_REPEATED, copies - 1);
    }

    private byte[] damaged(byte[] bytes) {
        byte[] damaged = bytes.clone();
        int first = MessageBytes.firstRecordByte(bytes);
        int at = first + random.nextInt(bytes.length - first);
        damaged[at] ^= (byte) (1 << random.nextInt(8));
        return damaged;
    }

    /**
     * Frames travel over TCP, whose checksum sees any one damaged bit of a frame and drops the segment: the message is late or, here,
     * lost. The records in a frame have their own checksum, against what TCP cannot see: a peer that finds one damaged breaks the
     * connection.
     */
    private void arriveDamaged(SimNode from, SimNode to, byte[] bytes, boolean inRecord) {
        simulation.faults().count(Kind.MESSAGE_CORRUPTED);
        if (!inRecord) {
            return;
        }
        boolean unchecked = simulation.bug() == PlantedBug.DAMAGED_MESSAGE_TAKEN;
        PeerMessage taken = unchecked ? MessageBytes.decodeUnchecked(bytes) : MessageBytes.decodeDamaged(bytes);
        if (taken == null) {
            simulation.faults().count(Kind.CONNECTION_BROKEN);
            breakConnection(from, to);
            breakConnection(to, from);
            notice(from, to);
            notice(to, from);
        } else if (unchecked) {
            hand(from, to, taken, bytes);
        } else {
            throw simulation.oracle().violation("a damaged message is taken for " + taken, null);
        }
    }

    private void breakConnection(SimNode from, SimNode to) {
        links[from.number()][to.number()].connection++;
    }

    /** Does something at {@code to} that {@code from} brings about, unless that is lost on the way. */
    void carry(SimNode from, SimNode to, Runnable action) {
        Link link = links[from.number()][to.number()];
        if (!link.cut && (healthy || random.nextDouble() >= swarm.loss)) {
            scheduler.after(delay(), () -> whenAwake(to, action));
        }
    }

    private void whenAwake(SimNode node, Runnable action) {
        if (node.isPaused()) {
            scheduler.at(node.pausedUntil(), () -> whenAwake(node, action));
        } else {
            action.run();
        }
    }

    private long delay() {
        return swarm.delayNanos / 2 + random.nextLong(swarm.delayNanos);
    }

    private long delay(PeerMessage message) {
        long delay = delay();
        if (!healthy && random.nextDouble() < swarm.slowMessage) {
            delay += random.nextLong(3 * swarm.electionTimeoutNanos);
        }
        boolean large = message instanceof PeerMessage.Consensus consensus
                && consensus.message() instanceof AppendRequest append
                && append.entries().size() > 4;
        return large ? delay * 2 : delay;
    }

    /**
     * @param life the life of the receiver that it is meant for, 0 for any
     */
    private void deliver(SimNode from, Life sender, SimNode to, long life, byte[] bytes) {
        Life receiver = to.life();
        if (receiver == null || receiver.listener == null || (life != 0 && life != to.lives())) {
            return;
        }
        if (to.isPaused()) {
            long storage = to.storages();
            scheduler.at(to.pausedUntil(), () -> {
                if (to.storages() == storage) {
                    deliver(from, sender, to, life, bytes);
                }
            });
            return;
        }
        PeerMessage message = MessageBytes.decode(bytes);
        if (handshakes.stand(from, sender, to, receiver, message)) {
            hand(from, to, message, bytes);
        }
    }

    /** Returns whether the planted bug is that peers do not look at storage ids. */
    boolean believesAnyStorage() {
        return simulation.bug() == PlantedBug.WIPED_NODE_BELIEVED;
    }

    private PeerMessage planted(PeerMessage message) {
        if (simulation.bug() != PlantedBug.SNAPSHOT_FORGETS_MEMBERS
                || !(message instanceof PeerMessage.SnapshotOffer offer)) {
            return message;
        }
        SnapshotManifest manifest = offer.manifest();
        return new PeerMessage.SnapshotOffer(new SnapshotManifest(
                manifest.id(),
                manifest.last(),
                manifest.clusterTimeMillis(),
                manifest.revision(),
                manifest.stateHash(),
                simulation.bootstrap(),
                manifest.store(),
                manifest.files()));
    }

    private void hand(SimNode from, SimNode to, PeerMessage message, byte[] bytes) {
        Life receiver = to.life();
        if (receiver == null || receiver.listener == null) {
            return;
        }
        simulation.oracle().onDeliver(to, from.id(), message);
        simulation.trace().add("got from " + from.number(), to.number(), bytes.length, Arrays.hashCode(bytes), message);
        receiver.listener.onMessage(from.id(), planted(message));
        if (message instanceof PeerMessage.Chunk chunk && !chunk.bytes().isEmpty()) {
            simulation.nemesis().ambush().onPart(from);
        }
    }

    /** Cuts one direction. Both ends notice at once, later, or not before it heals. */
    void cut(SimNode from, SimNode to) {
        Link link = links[from.number()][to.number()];
        link.cut = true;
        long cut = ++link.cuts;
        long noticeNanos = random.nextBoolean() ? random.nextLong(5 * MILLI) : random.nextLong(400 * MILLI);
        scheduler.after(noticeNanos, () -> {
            if (link.cut && link.cuts == cut && !link.noticed) {
                link.noticed = true;
                simulation.faults().count(Kind.CUT_NOTICED);
                notice(from, to);
                notice(to, from);
            }
        });
    }

    void heal(SimNode from, SimNode to) {
        Link link = links[from.number()][to.number()];
        link.cut = false;
        link.noticed = false;
    }

    void healAll() {
        for (SimNode from : simulation.nodes()) {
            for (SimNode to : simulation.nodes()) {
                heal(from, to);
            }
        }
    }

    /** From now on nothing is lost, repeated or slow. */
    void becomeHealthy() {
        healthy = true;
        for (Link[] row : links) {
            for (Link link : row) {
                link.newestArrivalNanos = 0;
            }
        }
        healAll();
    }

    /** The process of {@code dead} is gone: its peers are told soon, where the network tells them anything. */
    void onDeath(SimNode dead) {
        for (SimNode peer : simulation.nodes()) {
            if (peer != dead && !links[peer.number()][dead.number()].cut) {
                scheduler.after(random.nextLong(10 * MILLI), () -> notice(peer, dead));
            }
        }
    }

    private static void notice(SimNode node, SimNode lost) {
        Life life = node.life();
        if (life != null && life.listener != null) {
            life.listener.onDisconnected(lost.id());
        }
    }
}
