package io.dengine.server;

import io.dengine.api.ByteSequence;
import io.dengine.api.KeyValue;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.ScanRequest;
import io.dengine.api.ScanResult;
import io.dengine.proto.compat.client.KvEntry;
import io.dengine.proto.compat.client.ScanResponse;
import java.util.concurrent.CompletableFuture;

/**
 * The scan of d-engine, which has no pages: pages are put together as long as all are of one revision. Where writes come between
 * them it begins anew, a few times. Thread-safe.
 */
final class CompatScan {

    private static final int ATTEMPTS = 10;
    private static final long MAX_BYTES = 64L << 20;

    private final Operations operations;

    CompatScan(Operations operations) {
        this.operations = operations;
    }

    CompletableFuture<ScanResponse> all(ByteSequence prefix) {
        return attempt(prefix, ATTEMPTS);
    }

    private CompletableFuture<ScanResponse> attempt(ByteSequence prefix, int attempts) {
        if (attempts == 0) {
            return CompletableFuture.failedFuture(
                    new RefusedException(
                            RefusedException.Reason.OVERLOADED,
                            "the keys do not fit into one page and changed each time they were read: scan by pages with dengine.v1"));
        }
        ScanResponse.Builder keys = ScanResponse.newBuilder();
        return page(ScanRequest.prefix(prefix), keys, 0)
                .thenCompose(whole ->
                        whole ? CompletableFuture.completedFuture(keys.build()) : attempt(prefix, attempts - 1));
    }

    /** Adds a page and those behind it; completes with false if one is of another revision. */
    private CompletableFuture<Boolean> page(ScanRequest request, ScanResponse.Builder keys, long bytesBefore) {
        return operations.scan(request, ReadConsistency.LINEARIZABLE).thenCompose(page -> {
            if (request.after() != null && page.revision() != keys.getRevision()) {
                return CompletableFuture.completedFuture(false);
            }
            long bytes = bytesBefore + add(page, keys);
            if (bytes > MAX_BYTES) {
                return CompletableFuture.failedFuture(new RefusedException(
                        RefusedException.Reason.TOO_LARGE,
                        "the keys and values are more than " + MAX_BYTES + " bytes: scan by pages with dengine.v1"));
            }
            return page.more()
                    ? page(request.withAfter(lastKey(page)), keys, bytes)
                    : CompletableFuture.completedFuture(true);
        });
    }

    private static long add(ScanResult page, ScanResponse.Builder keys) {
        keys.setRevision(page.revision());
        long bytes = 0;
        for (KeyValue entry : page.entries()) {
            bytes += entry.key().length() + entry.value().length();
            keys.addEntries(
                    KvEntry.newBuilder().setKey(Messages.bytes(entry.key())).setValue(Messages.bytes(entry.value())));
        }
        return bytes;
    }

    private static ByteSequence lastKey(ScanResult page) {
        return page.entries().get(page.entries().size() - 1).key();
    }
}
