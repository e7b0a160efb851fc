package io.dengine.benchmarks.store;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The state machine of every library that brings none: the last value of each key. Used by the thread that applies, alone.
 *
 * <p>A command is the length of the key in four bytes, the key, the value.
 */
public interface BenchmarkState extends AutoCloseable {

    /** Takes a command; what {@link #flush} has not been called for yet may be only gathered. */
    void apply(ByteBuffer command);

    /** Makes what was gathered the state: the end of a batch. */
    void flush();

    @Override
    void close();

    static byte[] command(byte[] key, byte[] value) {
        return ByteBuffer.allocate(Integer.BYTES + key.length + value.length)
                .putInt(key.length)
                .put(key)
                .put(value)
                .array();
    }

    static BenchmarkState open(NodeSettings settings) {
        return settings.state() == NodeSettings.State.HASH ? new HashState() : new RocksState(settings);
    }

    /** A hash map. */
    final class HashState implements BenchmarkState {

        private final Map<ByteBuffer, byte[]> values = new HashMap<>();

        @Override
        public void apply(ByteBuffer command) {
            byte[] key = new byte[command.getInt()];
            command.get(key);
            byte[] value = new byte[command.remaining()];
            command.get(value);
            values.put(ByteBuffer.wrap(key), value);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    /** RocksDB with the options of dengine's own table, and like it without a write-ahead log: the Raft log is that. */
    final class RocksState implements BenchmarkState {

        private final LRUCache cache;
        private final BloomFilter filter;
        private final Options options;
        private final WriteOptions withoutWal;
        private final WriteBatch batch;
        private final RocksDB db;

        RocksState(NodeSettings settings) {
            // Before the first object of it is made.
            RocksDB.loadLibrary();
            filter = new BloomFilter(10);
            withoutWal = new WriteOptions().setDisableWAL(true);
            batch = new WriteBatch();
            cache = new LRUCache(64L << 20);
            options = new Options()
                    .setCreateIfMissing(true)
                    .setMaxBackgroundJobs(2)
                    .setMaxOpenFiles(512)
                    .setCompressionType(CompressionType.LZ4_COMPRESSION)
                    .setWriteBufferSize(32L << 20)
                    .setMaxWriteBufferNumber(2)
                    .setTableFormatConfig(new BlockBasedTableConfig()
                            .setBlockCache(cache)
                            .setFilterPolicy(filter)
                            .setCacheIndexAndFilterBlocks(true)
                            .setPinL0FilterAndIndexBlocksInCache(true));
            try {
                db = RocksDB.open(
                        options, settings.ownDirectory().resolve("state").toString());
            } catch (RocksDBException e) {
                throw new IllegalStateException("cannot open the state", e);
            }
        }

        @Override
        public void apply(ByteBuffer command) {
            byte[] key = new byte[command.getInt()];
            command.get(key);
            byte[] value = new byte[command.remaining()];
            command.get(value);
            try {
                batch.put(key, value);
            } catch (RocksDBException e) {
                throw new IllegalStateException("cannot apply", e);
            }
        }

        @Override
        public void flush() {
            if (batch.count() == 0) {
                return;
            }
            try {
                db.write(withoutWal, batch);
            } catch (RocksDBException e) {
                throw new IllegalStateException("cannot apply", e);
            }
            batch.clear();
        }

        @Override
        public void close() {
            flush();
            batch.close();
            db.close();
            withoutWal.close();
            options.close();
            filter.close();
            cache.close();
        }
    }
}
