package io.dengine.sim;

import io.dengine.api.ByteSequence;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableChange;
import io.dengine.statemachine.TableStore;
import java.nio.file.Path;
import java.util.Map;

/** A table that does not remember at a restart what is to expire, or that calls flushed what is not. */
final class PlantedTables implements TableStore {

    private final TableStore tables;
    private final PlantedBug bug;

    private PlantedTables(TableStore tables, PlantedBug bug) {
        this.tables = tables;
        this.bug = bug;
    }

    static TableStore around(TableStore tables, PlantedBug bug) {
        return bug == PlantedBug.DEADLINES_FORGOTTEN || bug == PlantedBug.FLUSH_DOES_NOTHING
                ? new PlantedTables(tables, bug)
                : tables;
    }

    @Override
    public void forEachDeadline(DeadlineVisitor visitor) {
        if (bug != PlantedBug.DEADLINES_FORGOTTEN) {
            tables.forEachDeadline(visitor);
        }
    }

    @Override
    public long flush() {
        return bug == PlantedBug.FLUSH_DOES_NOTHING ? applied().index() : tables.flush();
    }

    @Override
    public long durableIndex() {
        return bug == PlantedBug.FLUSH_DOES_NOTHING ? applied().index() : tables.durableIndex();
    }

    @Override
    public AppliedState applied() {
        return tables.applied();
    }

    @Override
    public StoredValue get(ByteSequence key) {
        return tables.get(key);
    }

    @Override
    public void apply(Map<ByteSequence, TableChange> changes, AppliedState applied) {
        tables.apply(changes, applied);
    }

    @Override
    public View view() {
        return tables.view();
    }

    @Override
    public void checkpoint(Path directory) {
        tables.checkpoint(directory);
    }

    @Override
    public String kind() {
        return tables.kind();
    }

    @Override
    public long sizeBytes() {
        return tables.sizeBytes();
    }

    @Override
    public void close() {
        tables.close();
    }
}
