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
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * A disk that promises no more than POSIX does and, at a {@link #crash}, breaks everything it did not promise. What it
 * does is a function of its random generator and of the calls. Thread-safe.
 *
 * <p>Each file has durable bytes and a list of operations that no force has covered. At a crash each of these is kept
 * or lost on its own, a write sector by sector (512 bytes), and a longer size may come without the data. The same holds
 * for names that no directory sync has covered. Directories themselves are always durable.
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
    private final List<NameChange> pendingNames = new ArrayList<>();
    private Map<Path, Inode> names = new TreeMap<>();
    private Map<Path, Inode> durableNames = new TreeMap<>();

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
        this.random = random;
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

    /** {@code from} loses the inode and {@code to} gets it; either may be null. */
    private record NameChange(Path from, Path to, Inode inode) {

        void applyTo(Map<Path, Inode> target) {
            if (from != null && target.get(from) == inode) {
                target.remove(from);
            }
            if (to != null) {
                target.put(to, inode);
            }
        }

        boolean in(Path directory) {
            return directory.equals((to == null ? from : to).getParent());
        }
    }

    // ---- faults ----

    /** Loses and tears what was not durable, and ends the process: its handles and locks are dead. Turns power on. */
    public synchronized void crash() {
        double keep = new double[] {0, 0.1, 0.5, 0.9, 1}[random.nextInt(5)];
        for (NameChange change : pendingNames) {
            if (random.nextDouble() < keep) {
                change.applyTo(durableNames);
            } else {
                lostNames++;
            }
        }
        Set<Inode> inodes = Collections.newSetFromMap(new IdentityHashMap<>());
        names = new TreeMap<>(durableNames);
        pendingNames.clear();
        for (Map.Entry<Path, Inode> named : names.entrySet()) {
            Inode inode = named.getValue();
            inode.name = named.getKey();
            if (inodes.add(inode)) {
                inode.pending.forEach(change -> tear(inode.durable, change, keep));
                inode.pending.clear();
                inode.current = inode.durable.copy();
            }
        }
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
        return names.keySet().stream().filter(file -> file.startsWith(directory)).toList();
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

    /** Lets one bit of a file rot. */
    public synchronized void flipBit(Path file, long position, int bit) {
        Inode inode = names.get(file);
        byte[] old = new byte[1];
        inode.current.read(ByteBuffer.wrap(old), position);
        old[0] ^= (byte) (1 << bit);
        inode.current.write(old, 0, 1, position);
        inode.durable.write(old, 0, 1, position);
    }

    /** Returns what a reader sees in {@code file}. */
    public synchronized byte[] contentOf(Path file) {
        return bytesOf(names.get(file).current);
    }

    /** Returns what of {@code file} no crash can take away. */
    public synchronized byte[] durableContentOf(Path file) {
        return bytesOf(names.get(file).durable);
    }

    private static byte[] bytesOf(Content content) {
        byte[] bytes = new byte[(int) content.size];
        content.read(ByteBuffer.wrap(bytes), 0);
        return bytes;
    }

    // ---- Disk ----

    @Override
    public void createDirectories(Path directory) {}

    @Override
    public synchronized List<String> list(Path directory) {
        requirePower();
        return names.keySet().stream()
                .filter(file -> directory.equals(file.getParent()))
                .map(file -> file.getFileName().toString())
                .sorted()
                .toList();
    }

    @Override
    public synchronized boolean exists(Path file) {
        requirePower();
        return names.containsKey(file);
    }

    @Override
    public synchronized File open(Path file) throws IOException {
        requirePower();
        Inode inode = names.get(file);
        if (inode == null) {
            requireSpace();
            inode = new Inode(file);
            change(new NameChange(null, file, inode));
        }
        return new SimFile(inode, generation);
    }

    @Override
    public synchronized void rename(Path source, Path target) throws IOException {
        requirePower();
        Inode inode = existing(source);
        inode.name = target;
        change(new NameChange(source, target, inode));
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        requirePower();
        change(new NameChange(file, null, existing(file)));
    }

    private Inode existing(Path file) throws IOException {
        Inode inode = names.get(file);
        if (inode == null) {
            throw new NoSuchFileException(file.toString());
        }
        return inode;
    }

    private void change(NameChange change) {
        change.applyTo(names);
        pendingNames.add(change);
        countOperation();
    }

    @Override
    public synchronized void syncDirectory(Path directory) {
        requirePower();
        countOperation();
        if (lostForces.test(directory)) {
            return;
        }
        pendingNames.removeIf(change -> {
            boolean covered = change.in(directory);
            if (covered) {
                change.applyTo(durableNames);
            }
            return covered;
        });
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

    @Override
    public void link(Path source, Path target) throws java.io.IOException {
        throw new AssertionError("seam");
    }
}
