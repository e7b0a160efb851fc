package io.dengine.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every disk must do with names. */
public abstract class DiskContract {

    private Disk disk;
    private Path top;

    protected abstract Disk disk();

    /** A directory that exists, and its parents with it. */
    protected abstract Path top();

    @BeforeEach
    void makeTop() throws IOException {
        disk = disk();
        top = top().resolve("top");
        disk.createDirectories(top);
    }

    private void write(Path path, String text) throws IOException {
        try (Disk.File file = disk.open(path)) {
            file.write(StandardCharsets.UTF_8.encode(text), file.size());
        }
    }

    private String read(Path path) throws IOException {
        assertThat(disk.exists(path)).isTrue();
        try (Disk.File file = disk.open(path)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            file.read(bytes, 0);
            return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
        }
    }

    @Test
    void directoriesAreListedBesideFiles() throws IOException {
        disk.createDirectories(top.resolve("b").resolve("inner"));
        write(top.resolve("a"), "1");
        write(top.resolve("c"), "2");
        assertThat(disk.list(top)).containsExactly("a", "b", "c");
        assertThat(disk.list(top.resolve("b"))).containsExactly("inner");
        assertThat(disk.list(top.resolve("none"))).isEmpty();
        assertThat(disk.isDirectory(top.resolve("b"))).isTrue();
        assertThat(disk.isDirectory(top.resolve("a"))).isFalse();
        assertThat(disk.isDirectory(top.resolve("none"))).isFalse();
        assertThat(disk.exists(top.resolve("b"))).isTrue();
        assertThat(disk.exists(top.resolve("none"))).isFalse();
        disk.createDirectories(top.resolve("b"));
        assertThat(disk.list(top.resolve("b"))).containsExactly("inner");
    }

    @Test
    void fileNeedsItsDirectory() {
        assertThatThrownBy(() -> disk.open(top.resolve("none").resolve("a"))).isInstanceOf(IOException.class);
    }

    @Test
    void renamedDirectoryTakesItsContentAlong() throws IOException {
        Path source = top.resolve("from").resolve("x");
        disk.createDirectories(source.resolve("inner"));
        disk.createDirectories(top.resolve("from").resolve("xy"));
        write(source.resolve("inner").resolve("a"), "1");
        write(source.resolve("b"), "2");
        Path target = top.resolve("y");
        disk.rename(source, target);
        assertThat(disk.exists(source)).isFalse();
        assertThat(disk.list(top.resolve("from"))).containsExactly("xy");
        assertThat(disk.list(target)).containsExactly("b", "inner");
        assertThat(read(target.resolve("inner").resolve("a"))).isEqualTo("1");
        assertThat(read(target.resolve("b"))).isEqualTo("2");
    }

    @Test
    void renamedFileReplacesAnother() throws IOException {
        write(top.resolve("a"), "1");
        write(top.resolve("b"), "2");
        disk.rename(top.resolve("a"), top.resolve("b"));
        assertThat(disk.list(top)).containsExactly("b");
        assertThat(read(top.resolve("b"))).isEqualTo("1");
        assertThatThrownBy(() -> disk.rename(top.resolve("a"), top.resolve("c")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void onlyAnEmptyDirectoryIsDeletedAndATreeWithAllThatIsInIt() throws IOException {
        Path directory = top.resolve("d");
        disk.createDirectories(directory.resolve("inner"));
        write(directory.resolve("inner").resolve("a"), "1");
        write(directory.resolve("b"), "2");
        assertThatThrownBy(() -> disk.delete(directory)).isInstanceOf(IOException.class);
        disk.deleteTree(directory);
        assertThat(disk.list(top)).isEmpty();
        disk.deleteTree(directory);
        assertThatThrownBy(() -> disk.delete(directory)).isInstanceOf(IOException.class);
        write(top.resolve("f"), "3");
        disk.deleteTree(top.resolve("f"));
        assertThat(disk.list(top)).isEmpty();
        disk.delete(top);
        assertThat(disk.exists(top)).isFalse();
    }

    @Test
    void linkKeepsTheBytesThatWereThere() throws IOException {
        Path source = top.resolve("source");
        Path target = top.resolve("d").resolve("target");
        disk.createDirectories(top.resolve("d"));
        write(source, "12345");
        disk.link(source, target);
        write(source, "678");
        assertThat(read(target)).startsWith("12345");
        assertThat(read(source)).isEqualTo("12345678");
        disk.delete(source);
        assertThat(read(target)).startsWith("12345");
        assertThatThrownBy(() -> disk.link(source, top.resolve("other"))).isInstanceOf(IOException.class);
        write(source, "9");
        assertThatThrownBy(() -> disk.link(source, target)).isInstanceOf(IOException.class);
        assertThat(read(target)).startsWith("12345");
    }
}
