package io.dengine.storage;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * The tree of names on a {@link SimDisk}, as a process sees it and as a power loss would leave it.
 *
 * <p>Each change of a name waits for a sync of its directory; a rename between two directories is one change and waits
 * for both. At a crash each change that waits is kept or lost on its own; a directory whose name is lost takes with it
 * all that is in it, synced or not.
 */
final class SimNames {

    private final Directory root = new Directory();
    private final List<Change> pending = new ArrayList<>();

    /** Files and directories by name. */
    static final class Directory {
        private final Map<String, Object> durable = new TreeMap<>();
        private Map<String, Object> current = new TreeMap<>();
    }

    /** {@code from} loses the node and {@code to} gets it; either may be null. */
    private record Change(
            Directory from, String fromName, Directory to, String toName, Object node, Set<Directory> unsynced) {

        static Change of(Directory from, String fromName, Directory to, String toName, Object node) {
            Set<Directory> unsynced = Collections.newSetFromMap(new IdentityHashMap<>());
            if (from != null) {
                unsynced.add(from);
            }
            if (to != null) {
                unsynced.add(to);
            }
            return new Change(from, fromName, to, toName, node, unsynced);
        }

        void applyToDurable() {
            if (from != null && from.durable.get(fromName) == node) {
                from.durable.remove(fromName);
            }
            if (to != null) {
                to.durable.put(toName, node);
            }
        }

        boolean isWithin(Object directory) {
            return (from == null || from == directory) && (to == null || to == directory);
        }
    }

    /** Returns the same names, durable or not, for copies of the files. */
    SimNames copy(UnaryOperator<Object> copyOfFile) {
        SimNames copy = new SimNames();
        IdentityHashMap<Object, Object> copies = new IdentityHashMap<>();
        copies.put(root, copy.root);
        fill(root, copy.root, copies, copyOfFile);
        for (Change change : pending) {
            Change copied = Change.of(
                    (Directory) copyOf(change.from, copies, copyOfFile),
                    change.fromName,
                    (Directory) copyOf(change.to, copies, copyOfFile),
                    change.toName,
                    copyOf(change.node, copies, copyOfFile));
            copied.unsynced.removeIf(
                    directory -> change.unsynced.stream().noneMatch(one -> copies.get(one) == directory));
            copy.pending.add(copied);
        }
        return copy;
    }

    private static Object copyOf(
            Object node, IdentityHashMap<Object, Object> copies, UnaryOperator<Object> copyOfFile) {
        if (node == null || copies.containsKey(node)) {
            return node == null ? null : copies.get(node);
        }
        if (!(node instanceof Directory directory)) {
            Object file = copyOfFile.apply(node);
            copies.put(node, file);
            return file;
        }
        Directory copy = new Directory();
        copies.put(directory, copy);
        fill(directory, copy, copies, copyOfFile);
        return copy;
    }

    private static void fill(
            Directory from, Directory to, IdentityHashMap<Object, Object> copies, UnaryOperator<Object> copyOfFile) {
        from.durable.forEach((name, node) -> to.durable.put(name, copyOf(node, copies, copyOfFile)));
        from.current.forEach((name, node) -> to.current.put(name, copyOf(node, copies, copyOfFile)));
    }

    /** Returns the directory or file of that name, or null. A null path is where relative ones begin. */
    Object find(Path path) {
        Object node = root;
        if (path != null) {
            for (Path part : path) {
                node = node instanceof Directory directory ? directory.current.get(part.toString()) : null;
            }
        }
        return node;
    }

    List<String> list(Path path) {
        return find(path) instanceof Directory directory ? List.copyOf(directory.current.keySet()) : List.of();
    }

    void create(Path path, Object node) throws IOException {
        Directory parent = parentOf(path);
        if (parent.current.containsKey(nameOf(path))) {
            throw new FileAlreadyExistsException(path.toString());
        }
        parent.current.put(nameOf(path), node);
        pending.add(Change.of(null, null, parent, nameOf(path), node));
    }

    /** Returns what was renamed. */
    Object rename(Path source, Path target) throws IOException {
        Directory from = parentOf(source);
        Directory to = parentOf(target);
        Object node = existing(source);
        Object replaced = find(target);
        if (replaced != null && (replaced instanceof Directory || node instanceof Directory)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        from.current.remove(nameOf(source));
        to.current.put(nameOf(target), node);
        pending.add(Change.of(from, nameOf(source), to, nameOf(target), node));
        return node;
    }

    void delete(Path path) throws IOException {
        Object node = existing(path);
        if (node instanceof Directory directory && !directory.current.isEmpty()) {
            throw new DirectoryNotEmptyException(path.toString());
        }
        Directory parent = parentOf(path);
        parent.current.remove(nameOf(path));
        pending.add(Change.of(parent, nameOf(path), null, null, node));
    }

    private Object existing(Path path) throws IOException {
        Object node = find(path);
        if (node == null) {
            throw new NoSuchFileException(path.toString());
        }
        return node;
    }

    private Directory parentOf(Path path) throws IOException {
        if (find(path.getParent()) instanceof Directory parent) {
            return parent;
        }
        throw new NoSuchFileException(path.toString());
    }

    private static String nameOf(Path path) {
        return path.getFileName().toString();
    }

    void sync(Path path) {
        Directory directory = (Directory) find(path);
        List<Change> left = new ArrayList<>();
        List<Directory> gone = new ArrayList<>();
        for (Change change : pending) {
            change.unsynced.remove(directory);
            // In order, for each node: a deletion cannot be durable before the rename that brought it here.
            boolean follows = left.stream().anyMatch(earlier -> earlier.node == change.node);
            if (follows || !change.unsynced.isEmpty()) {
                left.add(change);
                continue;
            }
            change.applyToDurable();
            if (change.to == null && change.node instanceof Directory removed) {
                gone.add(removed);
            }
        }
        gone.forEach(removed -> left.removeIf(change -> change.isWithin(removed)));
        pending.clear();
        pending.addAll(left);
    }

    /** Decides for each change that waits whether it is kept. */
    void crash(BooleanSupplier kept) {
        for (Change change : pending) {
            if (kept.getAsBoolean()) {
                change.applyToDurable();
            }
        }
        pending.clear();
        forget(root);
    }

    private static void forget(Directory directory) {
        directory.current = new TreeMap<>(directory.durable);
        for (Object node : directory.durable.values()) {
            if (node instanceof Directory child) {
                forget(child);
            }
        }
    }

    void forEachFile(BiConsumer<Path, Object> visitor) {
        visit(Path.of(""), root, visitor);
    }

    private static void visit(Path path, Directory directory, BiConsumer<Path, Object> visitor) {
        directory.current.forEach((name, node) -> {
            if (node instanceof Directory child) {
                visit(path.resolve(name), child, visitor);
            } else {
                visitor.accept(path.resolve(name), node);
            }
        });
    }
}
