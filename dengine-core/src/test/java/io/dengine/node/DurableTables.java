package io.dengine.node;

import io.dengine.api.ByteSequence;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableChange;
import io.dengine.statemachine.TableStore;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.storage.StorageFailure;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A table on the heap that counts as durable once flushed, and whose disk can fail under reads. */
final class DurableTables implements TableStore {

    private final MemoryTableStore tables = new MemoryTableStore();
    private long durableIndex;
    boolean failReads;

    @Override
    public AppliedState applied() {
        return tables.applied();
    }

    @Override
    public @Nullable StoredValue get(ByteSequence key) {
        return tables.get(key);
    }

    @Override
    public void apply(Map<ByteSequence, TableChange> changes, AppliedState applied) {
        tables.apply(changes, applied);
    }

    @Override
    public void forEachDeadline(DeadlineVisitor visitor) {
        tables.forEachDeadline(visitor);
    }

    @Override
    public View view() {
        if (failReads) {
            throw new StorageFailure(StorageFailure.Kind.IO, "a block cannot be read", null);
        }
        return tables.view();
    }

    @Override
    public long flush() {
        durableIndex = applied().index();
        return durableIndex;
    }

    @Override
    public long durableIndex() {
        return durableIndex;
    }

    @Override
    public long sizeBytes() {
        return tables.sizeBytes();
    }

    @Override
    public void close() {
        tables.close();
    }

    @Override
    public void checkpoint(Path directory) {
        tables.checkpoint(directory);
    }

    @Override
    public String kind() {
        return tables.kind();
    }
}
