package io.dengine.statemachine.rocksdb;

import io.dengine.raft.membership.Membership;
import io.dengine.statemachine.AppliedState;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.StorageFailure.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/** One open RocksDB with everything native that belongs to it. Guarded from use after {@link #close} by its owner. */
final class RocksDatabase {

    /** Default size of a family's memtable: what one flush writes, and half of what may wait in memory. */
    static final long WRITE_BUFFER_BYTES = 32L << 20;

    private static final long BLOCK_CACHE_BYTES = 64L << 20;
    private static final byte[] FORMAT = "format".getBytes(StandardCharsets.US_ASCII);
    static final byte[] APPLIED = "applied".getBytes(StandardCharsets.US_ASCII);
    static final byte[] MEMBERSHIP = "membership".getBytes(StandardCharsets.US_ASCII);

    final RocksDB db;
    final ColumnFamilyHandle kv;
    final ColumnFamilyHandle expiry;
    final ColumnFamilyHandle meta;
    final WriteOptions withoutWal;
    final ReadOptions reads;

    private final FlushOptions waiting;

    /** In the order they were made; closed from the last to the first. */
    private final Deque<AbstractNativeReference> natives;

    private RocksDatabase(RocksDB db, List<ColumnFamilyHandle> families, Deque<AbstractNativeReference> natives) {
        this.db = db;
        this.kv = families.get(0);
        this.expiry = families.get(1);
        this.meta = families.get(2);
        this.natives = natives;
        this.withoutWal = owned(natives, new WriteOptions()).setDisableWAL(true);
        this.reads = owned(natives, new ReadOptions());
        this.waiting = owned(natives, new FlushOptions()).setWaitForFlush(true);
    }

    static RocksDatabase open(Path dir, long writeBufferBytes) {
        loadLibrary();
        Deque<AbstractNativeReference> natives = new ArrayDeque<>();
        boolean opened = false;
        try {
            Files.createDirectories(dir);
            RocksDatabase database = open(dir, writeBufferBytes, natives);
            database.checkFormat(dir);
            opened = true;
            return database;
        } catch (IOException e) {
            throw new StorageFailure(Kind.IO, "cannot create " + dir + ": " + e.getMessage(), e);
        } catch (RocksDBException e) {
            throw RocksFailure.of("cannot open the state in " + dir, e);
        } finally {
            if (!opened) {
                closeAll(natives);
            }
        }
    }

    private static RocksDatabase open(Path dir, long writeBufferBytes, Deque<AbstractNativeReference> natives)
            throws RocksDBException {
        ColumnFamilyOptions familyOptions = familyOptions(writeBufferBytes, natives);
        List<ColumnFamilyDescriptor> descriptors = List.of(
                new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, familyOptions),
                new ColumnFamilyDescriptor("expiry".getBytes(StandardCharsets.US_ASCII), familyOptions),
                new ColumnFamilyDescriptor("meta".getBytes(StandardCharsets.US_ASCII), familyOptions));
        List<ColumnFamilyHandle> families = new ArrayList<>();
        RocksDB db = owned(natives, RocksDB.open(databaseOptions(natives), dir.toString(), descriptors, families));
        families.forEach(natives::addLast);
        return new RocksDatabase(db, families, natives);
    }

    private static DBOptions databaseOptions(Deque<AbstractNativeReference> natives) {
        return owned(natives, new DBOptions())
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                // Without a WAL nothing else keeps the families at one point: without it a crash could bring back data
                // and an applied index of different moments.
                .setAtomicFlush(true)
                .setMaxBackgroundJobs(2)
                .setMaxOpenFiles(512)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setKeepLogFileNum(2)
                .setMaxLogFileSize(1L << 20)
                .setMaxManifestFileSize(16L << 20)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0);
    }

    private static ColumnFamilyOptions familyOptions(long writeBufferBytes, Deque<AbstractNativeReference> natives) {
        BlockBasedTableConfig table = new BlockBasedTableConfig()
                .setBlockCache(owned(natives, new LRUCache(BLOCK_CACHE_BYTES)))
                .setFilterPolicy(owned(natives, new BloomFilter(10)))
                .setCacheIndexAndFilterBlocks(true)
                .setCacheIndexAndFilterBlocksWithHighPriority(true)
                .setPinL0FilterAndIndexBlocksInCache(true);
        return owned(natives, new ColumnFamilyOptions())
                .setTableFormatConfig(table)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setWriteBufferSize(writeBufferBytes)
                .setMaxWriteBufferNumber(2);
    }

    private void checkFormat(Path dir) throws RocksDBException {
        byte[] format = db.get(meta, reads, FORMAT);
        if (format != null) {
            requireVersion(StateFormat.decodeVersion(format), dir);
        } else if (db.get(meta, reads, APPLIED) != null) {
            throw new StorageFailure(Kind.CORRUPT, "the state in " + dir + " does not tell its format", null);
        } else {
            // Needs no flush: no data can become durable before it.
            db.put(meta, withoutWal, FORMAT, StateFormat.encodeVersion());
        }
    }

    private static void requireVersion(int version, Path dir) {
        if (version > StateFormat.VERSION) {
            throw new StorageFailure(
                    Kind.OTHER_FORMAT,
                    "the state in " + dir + " has format " + version + ", this version of dengine knows "
                            + StateFormat.VERSION + ". Start the newer version again.",
                    null);
        }
        if (version < StateFormat.VERSION) {
            throw new StorageFailure(
                    Kind.OTHER_FORMAT,
                    "the state in " + dir + " has format " + version
                            + " of an older version of dengine, this one reads "
                            + StateFormat.VERSION + ". Start the older version again, or empty the data directory and"
                            + " let the node join again.",
                    null);
        }
    }

    AppliedState applied() throws RocksDBException {
        return applied(reads, Long.MAX_VALUE, Membership.NONE);
    }

    /**
     * Returns the applied state that {@code readOptions} show.
     *
     * @param sinceIndex from which applied index on the membership is known to be {@code known}
     */
    AppliedState applied(ReadOptions readOptions, long sinceIndex, Membership known) throws RocksDBException {
        byte[] bytes = db.get(meta, readOptions, APPLIED);
        if (bytes == null) {
            return AppliedState.EMPTY;
        }
        boolean isKnown = StateFormat.appliedIndex(bytes) >= sinceIndex;
        return StateFormat.decodeApplied(
                bytes, isKnown ? known : StateFormat.decodeMembership(db.get(meta, readOptions, MEMBERSHIP)));
    }

    /** Links and copies what the state is into {@code dir}, which must not exist. Flushes: there is no WAL to copy. */
    void checkpoint(Path dir) throws RocksDBException {
        try (Checkpoint checkpoint = Checkpoint.create(db)) {
            checkpoint.createCheckpoint(dir.toString());
        }
    }

    void flush() throws RocksDBException {
        db.flush(waiting, List.of(kv, expiry, meta));
    }

    /** Also makes durable what is not, as far as the disk allows: RocksDB flushes when it is closed. */
    void close() {
        closeAll(natives);
    }

    private static <T extends AbstractNativeReference> T owned(Deque<AbstractNativeReference> natives, T reference) {
        natives.addLast(reference);
        return reference;
    }

    private static void closeAll(Deque<AbstractNativeReference> natives) {
        for (@Nullable AbstractNativeReference last; (last = natives.pollLast()) != null; ) {
            last.close();
        }
    }

    private static void loadLibrary() {
        try {
            RocksDB.loadLibrary();
        } catch (RuntimeException | UnsatisfiedLinkError e) {
            throw new StorageFailure(
                    Kind.IO,
                    "cannot load RocksDB's native library; is java.io.tmpdir writable and not mounted noexec? "
                            + e.getMessage(),
                    e);
        }
    }
}
