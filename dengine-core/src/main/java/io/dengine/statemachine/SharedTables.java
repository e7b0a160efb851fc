package io.dengine.statemachine;

import io.dengine.api.ByteSequence;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A table store that is closed when its owner and the last view of it have let go, whoever comes last. Thread-safe; the
 * views are not.
 */
final class SharedTables {

    private final TableStore store;
    private final Consumer<SharedTables> onClosed;
    private final AtomicInteger users = new AtomicInteger(1);

    /**
     * @param onClosed called once when everyone has let go, after the store has been closed
     */
    SharedTables(TableStore store, Consumer<SharedTables> onClosed) {
        this.store = store;
        this.onClosed = onClosed;
    }

    TableStore store() {
        return store;
    }

    /** Keeps the store open until {@link #release}; returns false if it no longer is. */
    boolean acquire() {
        int before = users.get();
        while (before > 0 && !users.compareAndSet(before, before + 1)) {
            before = users.get();
        }
        return before > 0;
    }

    void release() {
        if (users.decrementAndGet() == 0) {
            store.close();
            onClosed.accept(this);
        }
    }

    /** Opens a view, which takes over what the caller has acquired. */
    TableStore.View view() {
        boolean opened = false;
        try {
            TableStore.View view = new SharedView(store.view());
            opened = true;
            return view;
        } finally {
            if (!opened) {
                release();
            }
        }
    }

    private final class SharedView implements TableStore.View {

        private final TableStore.View view;
        private boolean closed;

        SharedView(TableStore.View view) {
            this.view = view;
        }

        @Override
        public AppliedState applied() {
            return view.applied();
        }

        @Override
        public @Nullable StoredValue get(ByteSequence key) {
            return view.get(key);
        }

        @Override
        public void scan(ByteSequence from, @Nullable ByteSequence toExclusive, TableStore.EntryVisitor visitor) {
            view.scan(from, toExclusive, visitor);
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                view.close();
                release();
            }
        }
    }
}
