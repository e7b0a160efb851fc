package io.dengine.fuzz;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** All targets by name, which is the class's without {@code Fuzz}. */
final class FuzzTargets {

    private static final String CLASS = ".class";
    private static final String SUFFIX = "Fuzz" + CLASS;

    private FuzzTargets() {}

    /** Returns the names of the targets, each with its class's. */
    static SortedMap<String, String> all() throws IOException {
        Path root = classes();
        SortedMap<String, String> classNames = new TreeMap<>();
        try (Stream<Path> found = Files.walk(root)) {
            found.map(file -> root.relativize(file).toString())
                    .filter(file -> file.endsWith(SUFFIX))
                    .map(file -> file.replace(root.getFileSystem().getSeparator(), "."))
                    .forEach(file -> classNames.put(
                            file.substring(file.lastIndexOf('.', file.length() - SUFFIX.length()) + 1)
                                    .replace(SUFFIX, ""),
                            file.substring(0, file.length() - CLASS.length())));
        }
        return classNames;
    }

    static MeteredTarget named(String name) throws IOException, ReflectiveOperationException {
        String className = all().get(name);
        if (className == null) {
            throw new IllegalArgumentException("no target is called " + name);
        }
        Constructor<?> constructor = Class.forName(className).getDeclaredConstructor();
        constructor.setAccessible(true);
        return new MeteredTarget(name, (FuzzTarget) constructor.newInstance());
    }

    private static Path classes() {
        try {
            return Path.of(FuzzTargets.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
