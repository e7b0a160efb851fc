package io.dengine.statemachine.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.statemachine.TableStore;
import io.dengine.statemachine.TableTwin;
import io.dengine.statemachine.WriteBehindTables;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that dies without closing its store, and what the next one finds. */
class RocksCrashTest {

    private static final int DIED = 7;

    /** The smallest RocksDB takes. */
    private static final long TINY_BUFFER_BYTES = 64 << 10;

    @TempDir
    Path dir;

    /** Without atomic flush kv, which fills its buffers first, would come back without its deadlines and applied index. */
    @Test
    void crashAfterAutomaticFlushesGoesBackToTheEndOfOneBatch() throws Exception {
        writeAndDie(TINY_BUFFER_BYTES, 5_000, 0, 0);

        long index = assertSameAsTwinAtItsAppliedIndex(TINY_BUFFER_BYTES);

        assertThat(index).isBetween(1L, 4_999L);
    }

    @Test
    void crashKeepsWhatFlushReturnedAndNoMore() throws Exception {
        writeAndDie(RocksDatabase.WRITE_BUFFER_BYTES, 600, 500, 0);

        long index = assertSameAsTwinAtItsAppliedIndex(RocksDatabase.WRITE_BUFFER_BYTES);

        assertThat(index).isEqualTo(500);
    }

    /** Rows of many batches reach the table in one, from another thread, and between two of them RocksDB flushes when it likes. */
    @Test
    void crashUnderWriteBehindGoesBackToTheEndOfOneBatch() throws Exception {
        writeAndDie(TINY_BUFFER_BYTES, 5_000, 2_500, 16 << 10);

        long index = assertSameAsTwinAtItsAppliedIndex(TINY_BUFFER_BYTES);

        assertThat(index).isBetween(2_500L, 4_999L);
    }

    private long assertSameAsTwinAtItsAppliedIndex(long bufferBytes) {
        RocksTableStore store = RocksTableStore.open(dir, bufferBytes);
        try {
            long index = store.applied().index();
            TableTwin twin = twin();
            while (twin.applied().index() < index) {
                twin.next(null);
            }
            twin.assertSameAs(store);
            assertThat(store.durableIndex()).isEqualTo(index);
            return index;
        } finally {
            store.close();
        }
    }

    private void writeAndDie(long bufferBytes, int batches, int flushAfter, long waitingBytes)
            throws IOException, InterruptedException {
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx128m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Writer.class.getName(),
                        dir.toString(),
                        Long.toString(bufferBytes),
                        Integer.toString(batches),
                        Integer.toString(flushAfter),
                        Long.toString(waitingBytes))
                .inheritIO()
                .start();
        try {
            assertThat(writer.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(writer.exitValue()).isEqualTo(DIED);
        } finally {
            writer.destroyForcibly();
        }
    }

    private static TableTwin twin() {
        return new TableTwin(10, 250, 200);
    }

    /** The process that dies. */
    static final class Writer {

        private Writer() {}

        public static void main(String[] args) {
            TableStore table = RocksTableStore.open(Path.of(args[0]), Long.parseLong(args[1]));
            long waitingBytes = Long.parseLong(args[4]);
            TableStore store = waitingBytes == 0
                    ? table
                    : new WriteBehindTables(table, waitingBytes, 1, Executors.newSingleThreadExecutor());
            TableTwin twin = twin();
            for (int i = 1; i <= Integer.parseInt(args[2]); i++) {
                twin.next(store);
                if (i == Integer.parseInt(args[3])) {
                    store.flush();
                }
            }
            Runtime.getRuntime().halt(DIED);
        }
    }
}
