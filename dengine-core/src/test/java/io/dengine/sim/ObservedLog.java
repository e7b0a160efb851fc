package io.dengine.sim;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.sim.Faults.Kind;
import io.dengine.storage.LogStore;
import java.util.List;

/** A node's log, with the oracle told of what is about to be written and of what is durable. */
final class ObservedLog implements LogStore {

    private final Simulation simulation;
    private final SimNode node;
    private final LogStore log;
    private final Life life;

    ObservedLog(Simulation simulation, SimNode node, LogStore log, Life life) {
        this.simulation = simulation;
        this.node = node;
        this.log = log;
        this.life = life;
    }

    private DiskTwin twin() {
        return simulation.oracle().diskOf(node);
    }

    @Override
    public HardState hardState() {
        return log.hardState();
    }

    @Override
    public void save(HardState hardState) {
        twin().beforeSave(hardState);
        log.save(hardState);
        twin().afterSave(hardState);
        simulation.trace().add("saved", node.number(), hardState.term(), 0, hardState.votedFor());
    }

    @Override
    public void append(List<Entry> entries) {
        twin().beforeAppend(entries);
        long before = entries.get(0).index() - 1;
        EntryId previous = before <= log.last().index() ? new EntryId(log.termAt(before), before) : null;
        simulation.oracle().book().note("the disk of node " + node.id(), previous, entries);
        log.append(entries);
        twin().afterAppend(entries);
    }

    @Override
    public void sync() {
        log.sync();
        twin().afterSync();
        simulation
                .trace()
                .add("synced", node.number(), log.last().index(), log.last().term(), null);
    }

    @Override
    public void purge(long index) {
        if (index > life.tables.durableIndex()) {
            throw simulation
                    .oracle()
                    .violation(
                            "node " + node.id() + " purges its log to " + index + ", but its state on disk has "
                                    + life.tables.durableIndex(),
                            null);
        }
        EntryId before = log.base();
        log.purge(index);
        if (!before.equals(log.base())) {
            simulation.faults().count(Kind.PURGE);
        }
    }

    @Override
    public long sizeBytes() {
        return log.sizeBytes();
    }

    @Override
    public void close() {
        log.close();
    }

    @Override
    public EntryId base() {
        return log.base();
    }

    @Override
    public long baseClusterTimeMillis() {
        return log.baseClusterTimeMillis();
    }

    @Override
    public EntryId last() {
        return log.last();
    }

    @Override
    public long termAt(long index) {
        return log.termAt(index);
    }

    @Override
    public List<Entry> read(long fromIndex, long toIndexExclusive, long maxBytes) {
        return log.read(fromIndex, toIndexExclusive, maxBytes);
    }

    @Override
    public void reset(EntryId base, long clusterTimeMillis) {
        if (simulation.bug() == PlantedBug.LOG_NOT_RESTARTED) {
            return;
        }
        twin().beforeReset(base);
        log.reset(base, clusterTimeMillis);
        twin().afterReset(base);
    }
}
