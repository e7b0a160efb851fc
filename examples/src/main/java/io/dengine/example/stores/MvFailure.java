package io.dengine.example.stores;

import io.dengine.storage.StorageFailure;
import io.dengine.storage.StorageFailure.Kind;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStoreException;

/** Says in the engine's terms what went wrong in MVStore. */
final class MvFailure {

    private MvFailure() {}

    /**
     * @param action what was being done, as in "syncing the log"
     */
    static StorageFailure of(String action, MVStoreException cause) {
        Kind kind = switch (cause.getErrorCode()) {
            case DataUtils.ERROR_FILE_CORRUPT, DataUtils.ERROR_CHUNK_NOT_FOUND -> Kind.CORRUPT;
            case DataUtils.ERROR_FILE_LOCKED -> Kind.LOCKED;
            case DataUtils.ERROR_UNSUPPORTED_FORMAT -> Kind.OTHER_FORMAT;
            default -> Kind.IO;
        };
        return new StorageFailure(kind, "MVStore failed while " + action + ": " + cause.getMessage(), cause);
    }
}
