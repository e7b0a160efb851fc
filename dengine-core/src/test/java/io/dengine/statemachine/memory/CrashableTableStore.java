package io.dengine.statemachine.memory;

import io.dengine.api.ByteSequence;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableChange;
import io.dengine.statemachine.TableStore;
import io.dengine.storage.MemoryDisk;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A table in memory that keeps what was flushed across simulated crashes, as one on disk does: the disk is an
 * {@link Image} that outlives the store. Taking an image costs nothing.
 */
public final class CrashableTableStore implements TableStore {

    /** What a crash leaves of a store. Immutable. */
    public static final class Image {

        /** The disk of a new node. */
        public static final Image EMPTY = new Image(MemoryTableStore.Moment.EMPTY);

        private final MemoryTableStore.Moment moment;

        private Image(MemoryTableStore.Moment moment) {
            this.moment = moment;
        }
    }

    private final MemoryTableStore memory;
    private volatile Image flushed;

    private CrashableTableStore(Image image) {
        this.memory = new MemoryTableStore(new MemoryDisk(), Path.of("table"), image.moment);
        this.flushed = image;
    }

    /** Opens a store that holds what {@code image} does. */
    public static CrashableTableStore restoredFrom(Image image) {
        return new CrashableTableStore(image);
    }

    /** Returns what a crash at this moment would leave. */
    public Image image() {
        return flushed;
    }

    @Override
    public AppliedState applied() {
        return memory.applied();
    }

    @Override
    public @Nullable StoredValue get(ByteSequence key) {
        return memory.get(key);
    }

    @Override
    public void apply(Map<ByteSequence, TableChange> changes, AppliedState applied) {
        memory.apply(changes, applied);
    }

    @Override
    public void forEachDeadline(DeadlineVisitor visitor) {
        memory.forEachDeadline(visitor);
    }

    @Override
    public View view() {
        return memory.view();
    }

    @Override
    public long flush() {
        flushed = new Image(memory.moment());
        return durableIndex();
    }

    @Override
    public long durableIndex() {
        return flushed.moment.applied().index();
    }

    @Override
    public long sizeBytes() {
        return memory.sizeBytes();
    }

    @Override
    public void close() {
        memory.close();
    }

    @Override
    public void checkpoint(Path directory) {
        memory.checkpoint(directory);
    }

    @Override
    public String kind() {
        return memory.kind();
    }
}
