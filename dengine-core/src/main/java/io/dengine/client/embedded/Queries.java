package io.dengine.client.embedded;

import io.dengine.api.ByteSequence;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.CoordinationException;
import io.dengine.api.DeleteResult;
import io.dengine.api.FatalException;
import io.dengine.api.GetResult;
import io.dengine.api.KeyValue;
import io.dengine.api.MultiGetResult;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.ScanRequest;
import io.dengine.api.ScanResult;
import io.dengine.command.CommandResult;
import io.dengine.node.EngineNode;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Turns state and command results into answers. */
final class Queries {

    private static final long MAX_PAGE_BYTES = 16 << 20;
    private static final long MAX_READ_BYTES = 64 << 20;

    private Queries() {}

    /** Reads the state of a node. */
    interface Query<T> {
        T run(EngineNode node);
    }

    /** Returns whether the state as it is may answer at once, on the caller's thread. */
    static boolean mayAnswerNow(EngineNode node, ReadConsistency consistency) {
        return switch (consistency) {
            case LOCAL -> true;
            case LEASE -> node.holdsReadLease();
            case LINEARIZABLE -> false;
        };
    }

    /**
     * Reads the state.
     *
     * @throws FatalException if it cannot be read, which ends the node
     */
    static <T> T run(EngineNode node, Query<T> query) {
        try {
            return query.run(node);
        } catch (CoordinationException e) {
            throw e;
        } catch (RuntimeException e) {
            node.fail("state", e);
            throw new FatalException("this node cannot read its state and leaves the cluster: " + e.getMessage(), e);
        }
    }

    static PutResult put(CommandResult result) {
        return new PutResult(result.revision());
    }

    static DeleteResult delete(CommandResult result) {
        return new DeleteResult(result.revision(), result.effective());
    }

    static CompareAndSetResult compareAndSet(CommandResult result) {
        return new CompareAndSetResult(result.effective(), result.revision(), result.current());
    }

    static Query<GetResult> get(ByteSequence key) {
        return node -> {
            TableStore.Row row = node.row(key);
            @Nullable StoredValue value = row.value();
            return new GetResult(row.revision(), value == null ? null : value.toKeyValue(key));
        };
    }

    static Query<MultiGetResult> getAll(List<ByteSequence> keys) {
        return ofView(view -> getAll(view, keys));
    }

    static Query<ScanResult> scan(ScanRequest request) {
        return ofView(view -> scan(view, request));
    }

    private static <T> Query<T> ofView(Function<TableStore.View, T> query) {
        return node -> {
            try (TableStore.View view = node.view()) {
                return query.apply(view);
            }
        };
    }

    private static MultiGetResult getAll(TableStore.View view, List<ByteSequence> keys) {
        Map<ByteSequence, KeyValue> found = new LinkedHashMap<>();
        long bytes = 0;
        for (ByteSequence key : keys) {
            StoredValue value = view.get(key);
            if (value != null) {
                bytes += value.value().length();
                if (bytes > MAX_READ_BYTES) {
                    throw new RefusedException(
                            RefusedException.Reason.TOO_LARGE,
                            "the values of these " + keys.size() + " keys are more than " + MAX_READ_BYTES
                                    + " bytes: ask for fewer keys at a time");
                }
                found.put(key, value.toKeyValue(key));
            }
        }
        return new MultiGetResult(view.applied().revision(), Collections.unmodifiableMap(found));
    }

    private static ScanResult scan(TableStore.View view, ScanRequest request) {
        ByteSequence prefix = request.prefix();
        ByteSequence from = prefix;
        if (request.after() != null && request.after().compareTo(prefix) >= 0) {
            from = request.after().next();
        }
        Page page = new Page(request.limit());
        view.scan(from, prefix.prefixEnd(), page);
        return new ScanResult(view.applied().revision(), Collections.unmodifiableList(page.entries), page.more);
    }

    /** Takes keys until the page is full. */
    private static final class Page implements TableStore.EntryVisitor {

        private final int limit;
        private final List<KeyValue> entries = new ArrayList<>();
        private long bytes;
        private boolean more;

        Page(int limit) {
            this.limit = limit;
        }

        @Override
        public boolean visit(ByteSequence key, StoredValue value) {
            if (entries.size() == limit || bytes >= MAX_PAGE_BYTES) {
                more = true;
                return false;
            }
            bytes += key.length() + value.value().length();
            entries.add(value.toKeyValue(key));
            return true;
        }
    }
}
