package io.dengine.storage.file;

import io.dengine.storage.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Shows real files and keeps every change to itself. So the code that recovers a log can run over one and tell what it would
 * find, while nothing on the disk changes. Owned by one thread; changes are held in memory, in blocks.
 */
final class OverlayDisk implements Disk {

    private static final int BLOCK_BYTES = 4096;

    /** What differs from the real names; empty for what is gone. */
    private final Map<Path, Optional<Content>> changed = new HashMap<>();

    private final Set<Path> madeDirectories = new HashSet<>();

    /** One file: the first {@code realBytes} of a real one under blocks that were written since. */
    private static final class Content {

        private final @Nullable Path real;
        private final Map<Long, byte[]> blocks = new TreeMap<>();
        private long realBytes;
        private long size;

        Content(@Nullable Path real, long size) {
            this.real = real;
            this.realBytes = size;
            this.size = size;
        }
    }

    @Override
    public void createDirectories(Path directory) {
        madeDirectories.add(directory);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        Set<String> names = new TreeSet<>();
        if (Files.isDirectory(directory)) {
            try (Stream<Path> files = Files.list(directory)) {
                files.forEach(file -> names.add(String.valueOf(file.getFileName())));
            }
        }
        changed.forEach((path, content) -> {
            if (directory.equals(path.getParent())) {
                String name = String.valueOf(path.getFileName());
                if (content.isPresent()) {
                    names.add(name);
                } else {
                    names.remove(name);
                }
            }
        });
        return List.copyOf(names);
    }

    @Override
    public boolean exists(Path path) {
        Optional<Content> known = changed.get(path);
        return known == null ? Files.exists(path) || madeDirectories.contains(path) : known.isPresent();
    }

    @Override
    public boolean isDirectory(Path path) {
        return !changed.containsKey(path) && (Files.isDirectory(path) || madeDirectories.contains(path));
    }

    @Override
    public File open(Path file) throws IOException {
        Content content = exists(file) ? contentOf(file) : new Content(null, 0);
        changed.put(file, Optional.of(content));
        return new OverlaidFile(
                content, content.real == null ? null : FileChannel.open(content.real, StandardOpenOption.READ));
    }

    /** Returns what is overlaid on a file that exists. */
    private Content contentOf(Path path) throws IOException {
        Optional<Content> known = changed.getOrDefault(path, Optional.empty());
        return known.isPresent() ? known.get() : new Content(path, Files.size(path));
    }

    @Override
    public void rename(Path source, Path target) throws IOException {
        if (isDirectory(source) || isDirectory(target)) {
            throw new IOException("a directory is not renamed here: " + source);
        }
        requireFile(source);
        changed.put(target, Optional.of(contentOf(source)));
        changed.put(source, Optional.empty());
    }

    @Override
    public void delete(Path path) throws IOException {
        requireFile(path);
        madeDirectories.remove(path);
        changed.put(path, Optional.empty());
    }

    @Override
    public void link(Path source, Path target) throws IOException {
        if (exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        requireFile(source);
        changed.put(target, Optional.of(contentOf(source)));
    }

    private void requireFile(Path path) throws IOException {
        if (!exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
    }

    @Override
    public void syncDirectory(Path directory) {}

    @Override
    public Closeable lock(Path directory) {
        return () -> {};
    }

    private record OverlaidFile(Content content, @Nullable FileChannel real) implements File {

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int total = 0;
            while (target.hasRemaining() && position + total < content.size) {
                long at = position + total;
                int inBlock = (int) (at % BLOCK_BYTES);
                int length = (int) Math.min(Math.min(target.remaining(), BLOCK_BYTES - inBlock), content.size - at);
                byte[] block = content.blocks.get(at / BLOCK_BYTES);
                target.put(block == null ? realBlock(at / BLOCK_BYTES) : block, inBlock, length);
                total += length;
            }
            return total;
        }

        /** Returns a block as the real file has it, with zeros behind its end. */
        private byte[] realBlock(long number) throws IOException {
            byte[] block = new byte[BLOCK_BYTES];
            long from = number * BLOCK_BYTES;
            if (real != null && from < content.realBytes) {
                ByteBuffer part = ByteBuffer.wrap(block, 0, (int) Math.min(BLOCK_BYTES, content.realBytes - from));
                while (part.hasRemaining()) {
                    if (real.read(part, from + part.position()) < 0) {
                        throw new IOException(content.real + " got shorter while it was read");
                    }
                }
            }
            return block;
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            long at = position;
            while (source.hasRemaining()) {
                long number = at / BLOCK_BYTES;
                byte[] block = content.blocks.get(number);
                if (block == null) {
                    block = realBlock(number);
                    content.blocks.put(number, block);
                }
                int inBlock = (int) (at % BLOCK_BYTES);
                int length = Math.min(source.remaining(), BLOCK_BYTES - inBlock);
                source.get(block, inBlock, length);
                at += length;
            }
            content.size = Math.max(content.size, at);
        }

        @Override
        public long size() {
            return content.size;
        }

        /** What is cut off reads as zeros if the file grows over it again. */
        @Override
        public void resize(long size) throws IOException {
            if (size < content.size) {
                long lastKept = size / BLOCK_BYTES;
                byte[] boundary =
                        content.blocks.containsKey(lastKept) ? content.blocks.get(lastKept) : realBlock(lastKept);
                Arrays.fill(boundary, (int) (size % BLOCK_BYTES), BLOCK_BYTES, (byte) 0);
                content.blocks.keySet().removeIf(number -> number > lastKept);
                content.blocks.put(lastKept, boundary);
                content.realBytes = Math.min(content.realBytes, size);
            }
            content.size = size;
        }

        @Override
        public void force() {}

        @Override
        public void close() throws IOException {
            if (real != null) {
                real.close();
            }
        }
    }
}
