package io.dengine.storage.file;

import io.dengine.config.InvalidConfigException;
import io.dengine.config.PeerAddress;
import io.dengine.raft.membership.NodeId;
import io.dengine.storage.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a node knows of its peers beside the log, and keeps when its own storage is lost. Owned by one thread. */
final class PeerMemory {

    static final String NAME = "peers";

    /** More addresses than this are not needed to find one member that answers. */
    static final int MAX_SEEDS = 32;

    private static final String STORAGE = "storage.";
    private static final String SEED = "seed.";

    private final Disk disk;
    private final Path path;
    private SortedMap<String, String> values;

    PeerMemory(Disk disk, Path directory) throws IOException {
        this.disk = disk;
        this.path = directory.resolve(NAME);
        SortedMap<String, String> known = CheckedTextFile.read(disk, path);
        this.values = known == null ? new TreeMap<>() : known;
    }

    @Nullable
    UUID storageOf(NodeId peer) {
        String text = values.get(STORAGE + peer);
        return text == null ? null : CheckedTextFile.uuid(path, text);
    }

    void remember(NodeId peer, UUID storageId) throws IOException {
        SortedMap<String, String> next = new TreeMap<>(values);
        next.put(STORAGE + peer, storageId.toString());
        replace(next);
    }

    List<PeerAddress> seeds() {
        List<PeerAddress> seeds = new ArrayList<>();
        for (String text :
                values.tailMap(SEED).headMap(SEED + Character.MAX_VALUE).values()) {
            try {
                seeds.add(PeerAddress.parse(text));
            } catch (InvalidConfigException e) {
                throw CheckedTextFile.damaged(path, "'" + text + "' is no address");
            }
        }
        return seeds;
    }

    void rememberSeeds(Collection<PeerAddress> seeds) throws IOException {
        SortedMap<String, String> next = new TreeMap<>(values);
        next.keySet().removeIf(key -> key.startsWith(SEED));
        int number = 0;
        for (PeerAddress seed : seeds) {
            if (number < MAX_SEEDS) {
                next.put(SEED + String.format("%02d", number++), seed.toString());
            }
        }
        replace(next);
    }

    private void replace(SortedMap<String, String> next) throws IOException {
        if (!next.equals(values)) {
            CheckedTextFile.replace(disk, path, next);
            values = next;
        }
    }
}
