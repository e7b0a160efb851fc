package io.dengine;

import io.dengine.statemachine.TableStore;
import io.dengine.storage.LogStore;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a node keeps its log and its table in: the engine's own stores, unless others are given. Immutable. The contract kits
 * {@code LogStoreContract}, {@code TableStoreContract} and {@code CheckpointContract}, in the test jar of this artifact, say what
 * a store has to do, and every guarantee of the engine rests on it. All members use the same kind of table store.
 *
 * @param log opens the log in a directory; null for the engine's own, which goes by the configured durability
 * @param table opens the table in a directory; null for the configured one
 */
public record Stores(
        @Nullable Function<Path, LogStore> log, @Nullable Function<Path, TableStore> table) {

    /** The engine's own stores. */
    public static final Stores OWN = new Stores(null, null);

    /** Returns these with another log store. */
    public Stores withLog(Function<Path, LogStore> log) {
        return new Stores(log, table);
    }

    /** Returns these with another table store. */
    public Stores withTable(Function<Path, TableStore> table) {
        return new Stores(log, table);
    }
}
