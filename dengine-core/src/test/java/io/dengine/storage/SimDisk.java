package io.dengine.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * A disk that promises no more than POSIX does and, at a {@link #crash}, breaks everything it did not promise. What it
 * does is a function of its random generator and of the calls. Thread-safe.
 *
 * <p>Each file has durable bytes and a list of operations that no force has covered. At a crash each of these is kept
 * or lost on its own, a write sector by sector (512 bytes), and a longer size may come without the data. The same holds
 * for names, of directories too, that no directory sync has covered: see {@link SimNames}.
 */
public final class SimDisk implements Disk {

    /** The power is off; {@link #crash} turns it on again. */
    public static final class PowerLoss extends RuntimeException {
        PowerLoss() {
            super("power loss", null, false, false);
        }
    }

    private final RandomGenerator random;
    private final Set<Path> locked = new HashSet<>();
    private final SimNames names;

    private int sectorBytes = 512;
    private int generation;
    private long operations;
    private long powerFailsAt = Long.MAX_VALUE;
    private boolean powerOff;
    private boolean failNextForce;
    private boolean full;
    private Predicate<Path> lostForces = path -> false;
    private long lostWrites;
    private long tornWrites;
    private long sizesWithoutData;
    private long lostNames;
    private long failedForces;
    private long refusedForSpace;

    public SimDisk(RandomGenerator random) {
        this(random, new SimNames());
    }

    private SimDisk(RandomGenerator random, SimNames names) {
        this.random = random;
        this.names = names;
    }

    /** A content of which the end may be zeros that are not stored. */
    private static final class Content {
        private byte[] bytes = {};
        private long size;

        Content copy() {
            Content copy = new Content();
            copy.bytes = bytes.clone();
            copy.size = size;
            return copy;
        }

        void write(byte[] source, int from, int count, long position) {
            int end = (int) position + count;
            if (end > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(end, bytes.length * 2));
            }
            System.arraycopy(source, from, bytes, (int) position, count);
            size = Math.max(size, end);
        }

        void resize(long newSize) {
            if (newSize < bytes.length) {
                Arrays.fill(bytes, (int) newSize, bytes.length, (byte) 0);
            }
            size = newSize;
        }

        int read(ByteBuffer target, long position) {
            int count = (int) Math.max(0, Math.min(target.remaining(), size - position));
            int stored = (int) Math.max(0, Math.min(count, bytes.length - position));
            target.put(bytes, (int) Math.min(position, bytes.length), stored);
            target.put(new byte[count - stored]);
            return count;
        }
    }

    /** A write of {@code bytes} at {@code position}, or, with no bytes, a resize to {@code position}. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Change(long position, byte[] bytes) {}

    private static final class Inode {
        private final List<Change> pending = new ArrayList<>();
        private Content durable = new Content();
        private Content current = new Content();
        private Path name;

        Inode(Path name) {
            this.name = name;
        }

        Inode copy() {
            Inode copy = new Inode(name);
            copy.pending.addAll(pending);
            copy.durable = durable.copy();
            copy.current = current.copy();
            return copy;
        }

        void change(Change change) {
            apply(change, current);
            pending.add(change);
        }

        static void apply(Change change, Content content) {
            if (change.bytes == null) {
                content.resize(change.position);
            } else {
                content.write(change.bytes, 0, change.bytes.length, change.position);
            }
        }

        void force() {
            pending.forEach(change -> apply(change, durable));
            pending.clear();
        }
    }

    // ---- faults ----

    /** Loses and tears what was not durable, and ends the process: its handles and locks are dead. Turns power on. */
    public synchronized void crash() {
        double keep = new double[] {0, 0.1, 0.5, 0.9, 1}[random.nextInt(5)];
        Set<Inode> inodes = Collections.newSetFromMap(new IdentityHashMap<>());
        names.crash(() -> {
            boolean kept = random.nextDouble() < keep;
            lostNames += kept ? 0 : 1;
            return kept;
        });
        names.forEachFile((path, file) -> {
            Inode inode = (Inode) file;
            inode.name = path;
            if (inodes.add(inode)) {
                inode.pending.forEach(change -> tear(inode.durable, change, keep));
                inode.pending.clear();
                inode.current = inode.durable.copy();
            }
        });
        kill();
    }

    private void tear(Content durable, Change change, double keep) {
        if (change.bytes == null) {
            if (random.nextDouble() < keep) {
                durable.resize(change.position);
            }
            return;
        }
        int from = 0;
        int sectors = 0;
        int keptSectors = 0;
        while (from < change.bytes.length) {
            long position = change.position + from;
            int count = (int) Math.min(sectorBytes - position % sectorBytes, change.bytes.length - from);
            if (random.nextDouble() < keep) {
                durable.write(change.bytes, from, count, position);
                keptSectors++;
            } else if (position + count > durable.size && random.nextDouble() < keep) {
                durable.resize(position + count);
                sizesWithoutData++;
            }
            from += count;
            sectors++;
        }
        lostWrites += keptSectors == 0 ? 1 : 0;
        tornWrites += keptSectors > 0 && keptSectors < sectors ? 1 : 0;
    }

    /** Ends the process, not the machine: handles and locks are dead, what was written is still there. */
    public synchronized void kill() {
        generation++;
        locked.clear();
        powerOff = false;
        powerFailsAt = Long.MAX_VALUE;
    }

    /** Sets the size of the pieces that a write is torn into. Default 512; less is a drive that tears within a sector. */
    public synchronized void setSectorBytes(int sectorBytes) {
        this.sectorBytes = sectorBytes;
    }

    /** Returns how many operations that change something there were. */
    public synchronized long operations() {
        return operations;
    }

    /**
     * What the disk did to its node so far.
     *
     * @param lostWrites unsynced writes that a crash took as a whole
     * @param tornWrites unsynced writes of which a crash left some sectors
     * @param sizesWithoutData sectors whose size a crash left without the data
     * @param lostNames new, changed and deleted names that a crash undid
     * @param failedForces forces that failed
     * @param refusedForSpace operations that failed for lack of space
     */
    public record Harm(
            long lostWrites,
            long tornWrites,
            long sizesWithoutData,
            long lostNames,
            long failedForces,
            long refusedForSpace) {}

    /** Returns what the disk did to its node so far. */
    public synchronized Harm harm() {
        return new Harm(lostWrites, tornWrites, sizesWithoutData, lostNames, failedForces, refusedForSpace);
    }

    /** Returns the names of all files under {@code directory}, at any depth, in order. */
    public synchronized List<Path> filesUnder(Path directory) {
        List<Path> files = new ArrayList<>();
        names.forEachFile((path, file) -> {
            Path absolute = Path.of("/").resolve(path);
            if (absolute.startsWith(directory)) {
                files.add(absolute);
            }
        });
        return files;
    }

    /** Lets the power fail in the midst of the {@code count}-th next operation that changes something, from 1. */
    public synchronized void failPowerAfter(long count) {
        powerFailsAt = operations + count;
    }

    /** Calls off the failures that were asked for and are still to come. */
    public synchronized void callOffFailures() {
        powerFailsAt = Long.MAX_VALUE;
        failNextForce = false;
    }

    /** Lets the next force fail: what it should have made durable never will be, though it can still be read. */
    public synchronized void failNextForce() {
        failNextForce = true;
    }

    /** Returns whether the failure asked for by {@link #failNextForce} is still to come. */
    public synchronized boolean failsNextForce() {
        return failNextForce;
    }

    /** Sets whether growing a file or making a new one fails for lack of space. */
    public synchronized void setFull(boolean full) {
        this.full = full;
    }

    /** Plants a bug: forces of these files, and syncs of these directories, do nothing and say nothing. */
    public synchronized void loseForcesOf(Predicate<Path> files) {
        lostForces = files;
    }

    /** Returns a disk in the same state, what is durable and what is not, without handles, locks and planned failures. */
    public synchronized SimDisk copy(RandomGenerator chance) {
        SimDisk copy = new SimDisk(chance, names.copy(file -> ((Inode) file).copy()));
        copy.sectorBytes = sectorBytes;
        return copy;
    }

    /** Lets one bit of a file rot. */
    public synchronized void flipBit(Path file, long position, int bit) {
        Inode inode = inodeOf(file);
        byte[] old = new byte[1];
        inode.current.read(ByteBuffer.wrap(old), position);
        old[0] ^= (byte) (1 << bit);
        inode.current.write(old, 0, 1, position);
        inode.durable.write(old, 0, 1, position);
    }

    /** Returns what a reader sees in {@code file}. */
    public synchronized byte[] contentOf(Path file) {
        return bytesOf(inodeOf(file).current);
    }

    /** Returns what of {@code file} no crash can take away. */
    public synchronized byte[] durableContentOf(Path file) {
        return bytesOf(inodeOf(file).durable);
    }

    private static byte[] bytesOf(Content content) {
        byte[] bytes = new byte[(int) content.size];
        content.read(ByteBuffer.wrap(bytes), 0);
        return bytes;
    }

    // ---- Disk ----

    @Override
    public synchronized void createDirectories(Path directory) throws IOException {
        requirePower();
        for (int count = 1; count <= directory.getNameCount(); count++) {
            Path path = directory.getRoot() == null
                    ? directory.subpath(0, count)
                    : directory.getRoot().resolve(directory.subpath(0, count));
            if (names.find(path) == null) {
                requireSpace();
                names.create(path, new SimNames.Directory());
                countOperation();
                syncDirectory(path.getParent());
            }
        }
    }

    @Override
    public synchronized List<String> list(Path directory) {
        requirePower();
        return names.list(directory);
    }

    @Override
    public synchronized boolean exists(Path path) {
        requirePower();
        return names.find(path) != null;
    }

    @Override
    public synchronized boolean isDirectory(Path path) {
        requirePower();
        return names.find(path) instanceof SimNames.Directory;
    }

    @Override
    public synchronized File open(Path file) throws IOException {
        requirePower();
        if (names.find(file) == null) {
            requireSpace();
            names.create(file, new Inode(file));
            countOperation();
        }
        return new SimFile(inodeOf(file), generation);
    }

    @Override
    public synchronized void rename(Path source, Path target) throws IOException {
        requirePower();
        if (names.rename(source, target) instanceof Inode inode) {
            inode.name = target;
        }
        countOperation();
    }

    @Override
    public synchronized void delete(Path path) throws IOException {
        requirePower();
        names.delete(path);
        countOperation();
    }

    /** A copy, as on a file system without links. */
    @Override
    public synchronized void link(Path source, Path target) throws IOException {
        requirePower();
        if (names.find(source) == null) {
            throw new NoSuchFileException(source.toString());
        }
        requireSpace();
        Inode copy = new Inode(target);
        names.create(target, copy);
        copy.change(new Change(0, contentOf(source)));
        countOperation();
    }

    private Inode inodeOf(Path file) {
        return (Inode) names.find(file);
    }

    @Override
    public synchronized void syncDirectory(Path directory) {
        requirePower();
        countOperation();
        if (directory == null || !lostForces.test(directory)) {
            names.sync(directory);
        }
    }

    @Override
    public synchronized Closeable lock(Path directory) {
        requirePower();
        if (!locked.add(directory)) {
            throw new StorageFailure(StorageFailure.Kind.LOCKED, directory + " is locked. Stop the other one.", null);
        }
        int lockedIn = generation;
        return () -> {
            synchronized (this) {
                if (lockedIn == generation) {
                    locked.remove(directory);
                }
            }
        };
    }

    private void requirePower() {
        if (powerOff) {
            throw new PowerLoss();
        }
    }

    private void requireSpace() throws IOException {
        if (full) {
            refusedForSpace++;
            throw new IOException("No space left on device");
        }
    }

    private void countOperation() {
        operations++;
        if (operations >= powerFailsAt) {
            powerOff = true;
            throw new PowerLoss();
        }
    }

    private final class SimFile implements File {

        private final Inode inode;
        private final int openedIn;
        private boolean closed;

        SimFile(Inode inode, int openedIn) {
            this.inode = inode;
            this.openedIn = openedIn;
        }

        private void requireAlive() throws IOException {
            requirePower();
            if (closed || openedIn != generation) {
                throw new IOException(inode.name + " is closed");
            }
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            synchronized (SimDisk.this) {
                requireAlive();
                return inode.current.read(target, position);
            }
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            synchronized (SimDisk.this) {
                requireAlive();
                if (position + source.remaining() > inode.current.size) {
                    requireSpace();
                }
                byte[] bytes = new byte[source.remaining()];
                source.get(bytes);
                inode.change(new Change(position, bytes));
                countOperation();
            }
        }

        @Override
        public long size() throws IOException {
            synchronized (SimDisk.this) {
                requireAlive();
                return inode.current.size;
            }
        }

        @Override
        public void resize(long size) throws IOException {
            synchronized (SimDisk.this) {
                requireAlive();
                if (size > inode.current.size) {
                    requireSpace();
                }
                inode.change(new Change(size, null));
                countOperation();
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (SimDisk.this) {
                requireAlive();
                countOperation();
                if (failNextForce) {
                    failNextForce = false;
                    failedForces++;
                    inode.pending.clear();
                    throw new IOException("Input/output error");
                }
                if (!lostForces.test(inode.name)) {
                    inode.force();
                }
            }
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
