package io.dengine.sim;

import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.storage.LogStore;
import java.util.List;

/** A log that forgets term and vote at a restart. */
final class PlantedLog implements LogStore {

    private final LogStore log;
    private HardState unsaved;

    private PlantedLog(LogStore log) {
        this.log = log;
        // A term below the log's last is noticed at once by the core; the vote is the point here.
        this.unsaved = new HardState(Math.max(log.hardState().term(), log.last().term()), null);
    }

    static LogStore around(LogStore log, PlantedBug bug) {
        return bug == PlantedBug.VOTE_NOT_PERSISTED || bug == PlantedBug.VOTE_FORGOTTEN ? new PlantedLog(log) : log;
    }

    @Override
    public HardState hardState() {
        return unsaved;
    }

    @Override
    public void save(HardState hardState) {
        log.save(new HardState(hardState.term(), null));
        unsaved = hardState;
    }

    @Override
    public void append(List<Entry> entries) {
        log.append(entries);
    }

    @Override
    public void sync() {
        log.sync();
    }

    @Override
    public void purge(long index) {
        log.purge(index);
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
    public void reset(io.dengine.raft.entry.EntryId base, long clusterTimeMillis) {
        log.reset(base, clusterTimeMillis);
    }
}
