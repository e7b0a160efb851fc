package io.dengine.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The disk of the crash tests forgets as much as a real one may, and no more. */
class SimDiskTest {

    private static final Path DATA = Path.of("data");

    private interface Steps {
        void on(SimDisk disk) throws IOException;
    }

    /** Returns what is in {@code data} and one level below after a crash, over many chances. */
    private static TreeSet<String> outcomes(Steps steps) throws IOException {
        TreeSet<String> outcomes = new TreeSet<>();
        for (int seed = 0; seed < 60; seed++) {
            SimDisk disk = new SimDisk(new SplittableRandom(seed));
            disk.createDirectories(DATA.resolve("a"));
            disk.createDirectories(DATA.resolve("b"));
            steps.on(disk);
            disk.crash();
            StringBuilder found = new StringBuilder();
            for (String name : disk.list(DATA)) {
                found.append(name).append(disk.list(DATA.resolve(name)));
            }
            outcomes.add(found.toString());
        }
        return outcomes;
    }

    @Test
    void renameBetweenDirectoriesIsDurableOnceBothAreSynced() throws IOException {
        Steps moved = disk -> {
            disk.createDirectories(DATA.resolve("a").resolve("x"));
            disk.rename(DATA.resolve("a").resolve("x"), DATA.resolve("b").resolve("y"));
        };
        assertThat(outcomes(moved)).containsExactly("a[]b[y]", "a[x]b[]");
        assertThat(outcomes(disk -> {
                    moved.on(disk);
                    disk.syncDirectory(DATA.resolve("b"));
                }))
                .containsExactly("a[]b[y]", "a[x]b[]");
        assertThat(outcomes(disk -> {
                    moved.on(disk);
                    disk.syncDirectory(DATA.resolve("b"));
                    disk.syncDirectory(DATA.resolve("a"));
                }))
                .containsExactly("a[]b[y]");
    }

    @Test
    void deletionBehindARenameThatIsNotDurableYetWaitsForIt() throws IOException {
        assertThat(outcomes(disk -> {
                    disk.createDirectories(DATA.resolve("a").resolve("x"));
                    disk.rename(
                            DATA.resolve("a").resolve("x"), DATA.resolve("b").resolve("x"));
                    disk.delete(DATA.resolve("b").resolve("x"));
                    disk.syncDirectory(DATA.resolve("b"));
                    disk.syncDirectory(DATA.resolve("a"));
                }))
                .containsExactly("a[]b[]");
    }

    @Test
    void filesNeedASyncOfTheirDirectoryAndGoWithIt() throws IOException {
        Steps created = disk -> {
            try (Disk.File file = disk.open(DATA.resolve("a").resolve("f"))) {
                file.write(ByteBuffer.wrap(new byte[] {1}), 0);
                file.force();
            }
        };
        assertThat(outcomes(created)).containsExactly("a[]b[]", "a[f]b[]");
        assertThat(outcomes(disk -> {
                    created.on(disk);
                    disk.syncDirectory(DATA.resolve("a"));
                    disk.delete(DATA.resolve("a").resolve("f"));
                    disk.delete(DATA.resolve("a"));
                    disk.syncDirectory(DATA);
                }))
                .containsExactly("b[]");
    }
}
