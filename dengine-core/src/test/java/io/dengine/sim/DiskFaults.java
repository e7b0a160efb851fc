package io.dengine.sim;

import io.dengine.sim.Faults.Kind;
import io.dengine.storage.Disk;
import io.dengine.storage.SimDisk;
import io.dengine.storage.StorageFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/** A node's disk, and what is being done to it. */
final class DiskFaults {

    static final Path DATA = Path.of("/data");
    private static final Path LOG = DATA.resolve("log");

    private static final Pattern DAMAGE = Pattern.compile("(\\S+) is damaged at offset (\\d+)");

    /** As in the log's format. */
    private static final int SYNC_MARK = 0xD5E7_3A2C;

    private static final int SYNC_MARK_BYTES = 24;

    private final Simulation simulation;
    private final RandomGenerator random;
    private SimDisk disk;
    private long powerFailsAtOperation = Long.MAX_VALUE;
    private boolean errorInjected;
    private boolean full;
    private boolean rotten;

    DiskFaults(Simulation simulation, RandomGenerator random) {
        this.simulation = simulation;
        this.random = random;
        this.disk = new SimDisk(random);
        plant(simulation.bug());
    }

    private void plant(PlantedBug bug) {
        if (bug == PlantedBug.ACK_BEFORE_FSYNC) {
            disk.loseForcesOf(path -> String.valueOf(path.getFileName()).matches("\\d+\\.log"));
        } else if (bug == PlantedBug.DIRECTORY_NOT_SYNCED) {
            disk.loseForcesOf(LOG::equals);
        } else if (bug == PlantedBug.HISTORY_NOT_SYNCED) {
            disk.loseForcesOf(path -> path.toString().contains("/history"));
        }
    }

    /** Puts an empty disk in place of this one. No process may be using it. */
    void replace() {
        countInto(simulation.faults());
        disk = new SimDisk(random);
        plant(simulation.bug());
        disk.setFull(full);
        powerFailsAtOperation = Long.MAX_VALUE;
        errorInjected = false;
        rotten = false;
    }

    SimDisk disk() {
        return disk;
    }

    /** Lets the power fail in the midst of one of the next disk operations. */
    void losePowerAfter(long operations) {
        disk.failPowerAfter(operations);
        powerFailsAtOperation = disk.operations() + operations;
    }

    /** Lets the next flush of a file fail. */
    void failNextSync() {
        errorInjected = true;
        disk.failNextForce();
    }

    void setFull(boolean isFull) {
        full = isFull;
        disk.setFull(isFull);
    }

    /** Lets a bit rot in what a sync has covered, so that it must be noticed or not matter; false if there is nothing. */
    boolean rot(RandomGenerator draws) {
        List<Path> files = disk.filesUnder(LOG).stream()
                .filter(file -> !file.toString().endsWith(".tmp"))
                .toList();
        if (files.isEmpty()) {
            return false;
        }
        int chosen = draws.nextInt(files.size());
        Path file = files.get(chosen);
        boolean segment = file.toString().endsWith(".log");
        long end = segment ? provenBytes(file) : disk.contentOf(file).length;
        if (end <= 0) {
            return false;
        }
        disk.flipBit(file, draws.nextLong(end), draws.nextInt(8));
        rotten = true;
        simulation.faults().count(Kind.BIT_ROT);
        return true;
    }

    /**
     * Returns how much of a segment is known to have been durable, by the last sync mark in it: damage behind that cannot be told
     * from a torn tail, by any log.
     */
    private long provenBytes(Path segment) {
        ByteBuffer content = ByteBuffer.wrap(disk.durableContentOf(segment));
        for (int at = content.limit() - SYNC_MARK_BYTES; at >= 64; at--) {
            if (isWholeMark(content, at)) {
                return at;
            }
        }
        return Math.min(64, content.limit());
    }

    /** A mark that the power loss has torn proves nothing. */
    private static boolean isWholeMark(ByteBuffer content, int at) {
        if (content.getInt(at) != SYNC_MARK || content.getLong(at + 16) != at) {
            return false;
        }
        CRC32C checksum = new CRC32C();
        checksum.update(content.slice(at + 8, SYNC_MARK_BYTES - 8));
        return content.getInt(at + 4) == (int) checksum.getValue();
    }

    /** As a log would be mended that trusted the part before the damage. */
    void cutOffDamage(StorageFailure found) {
        Matcher place = DAMAGE.matcher(String.valueOf(found.getMessage()));
        if (!place.lookingAt()) {
            return;
        }
        Path damaged = Path.of(place.group(1));
        try (Disk.File file = disk.open(damaged)) {
            file.resize(Math.max(64, Long.parseLong(place.group(2))));
            file.force();
            for (Path later : disk.filesUnder(LOG)) {
                if (later.toString().endsWith(".log") && later.compareTo(damaged) > 0) {
                    disk.delete(later);
                }
            }
            disk.syncDirectory(LOG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns whether what the node does may be the disk's fault. */
    boolean isFaulty() {
        return errorInjected || full || rotten;
    }

    boolean isRotten() {
        return rotten;
    }

    /** All of it has been read and found whole: what was damaged did not matter, or was mended. */
    void onOpened() {
        rotten = false;
    }

    boolean hasLostPower() {
        return disk.operations() >= powerFailsAtOperation;
    }

    /** Returns whether something is still to come that would strike at any time. */
    boolean isArmed() {
        return errorInjected || powerFailsAtOperation != Long.MAX_VALUE;
    }

    /** The process is gone, the machine too if {@code powerLost}. */
    void onEnd(boolean powerLost) {
        if (powerLost || hasLostPower()) {
            disk.crash();
        } else {
            disk.kill();
        }
        powerFailsAtOperation = Long.MAX_VALUE;
        errorInjected = disk.failsNextForce();
    }

    /** Ends what can be ended: rot stays. Also what was asked for while the node was down and would strike its next life. */
    void heal() {
        setFull(false);
        disk.callOffFailures();
        powerFailsAtOperation = Long.MAX_VALUE;
        errorInjected = false;
    }

    /** Adds up what the disk did. */
    void countInto(Faults faults) {
        SimDisk.Harm harm = disk.harm();
        faults.add(Kind.WRITE_LOST, harm.lostWrites());
        faults.add(Kind.WRITE_TORN, harm.tornWrites());
        faults.add(Kind.SIZE_WITHOUT_DATA, harm.sizesWithoutData());
        faults.add(Kind.NAME_LOST, harm.lostNames());
        faults.add(Kind.SYNC_FAILED, harm.failedForces());
        faults.add(Kind.NO_SPACE, harm.refusedForSpace());
    }
}
