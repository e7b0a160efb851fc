package io.dengine.statemachine.rocksdb;

import io.dengine.storage.StorageFailure;
import io.dengine.storage.StorageFailure.Kind;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Tells what a failure of RocksDB means for the node. */
final class RocksFailure {

    private RocksFailure() {}

    static StorageFailure of(String what, RocksDBException e) {
        return new StorageFailure(
                kindOf(e.getStatus(), String.valueOf(e.getMessage())), what + ": " + e.getMessage(), e);
    }

    private static Kind kindOf(@Nullable Status status, String message) {
        if (status == null) {
            return Kind.IO;
        }
        if (status.getSubCode() == Status.SubCode.NoSpace || message.contains("No space left on device")) {
            return Kind.DISK_FULL;
        }
        return switch (status.getCode()) {
            // InvalidArgument: the directory has families that this version does not know.
            case Corruption, InvalidArgument, NotFound -> Kind.CORRUPT;
            // RocksDB has no code of its own for a directory that another process, or this one, has open.
            case IOError -> message.contains("/LOCK:") ? Kind.LOCKED : Kind.IO;
            default -> Kind.IO;
        };
    }
}
