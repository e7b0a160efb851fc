package io.dengine.storage.file;

import io.dengine.storage.Disk;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.StorageFailure.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A small file of {@code key=value} lines that an operator can read. It is replaced in one step, and its last line is
 * a CRC32C of the lines before it. Stateless.
 */
final class CheckedTextFile {

    private static final String FORMAT = "format";
    private static final String VERSION = "1";
    private static final String CHECKSUM = "crc32c=";
    private static final int MAX_BYTES = 1024 * 1024;

    private CheckedTextFile() {}

    /** Returns what the file holds, or null if there is none. */
    static @Nullable SortedMap<String, String> read(Disk disk, Path path) throws IOException {
        if (!disk.exists(path)) {
            return null;
        }
        String text;
        try (Disk.File file = disk.open(path)) {
            if (file.size() > MAX_BYTES) {
                throw damaged(path, "it is too large");
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            file.read(bytes, 0);
            text = StandardCharsets.UTF_8.decode(bytes.flip()).toString();
        }
        int checksumAt = text.lastIndexOf(CHECKSUM);
        if (checksumAt < 0 || !text.substring(checksumAt).equals(checksumLine(text.substring(0, checksumAt)))) {
            throw damaged(path, "its checksum does not match");
        }
        SortedMap<String, String> values = new TreeMap<>();
        for (String line : text.substring(0, checksumAt).split("\n", -1)) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), unescape(line.substring(equals + 1)));
            }
        }
        String version = values.remove(FORMAT);
        if (!VERSION.equals(version)) {
            throw new StorageFailure(
                    Kind.OTHER_FORMAT,
                    path + " has format " + version + ", this version of dengine knows " + VERSION
                            + ". Start the newer version again.",
                    null);
        }
        return values;
    }

    /** Returns a value that must be there and be a number, 0 or above. */
    static long number(Path path, Map<String, String> values, String key) {
        String text = String.valueOf(values.get(key));
        if (!text.matches("\\d{1,18}")) {
            throw damaged(path, "its " + key + " is '" + text + "'");
        }
        return Long.parseLong(text);
    }

    /** Returns the id that {@code text} out of the file is. */
    static UUID uuid(Path path, String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw damaged(path, "'" + text + "' is no id");
        }
    }

    /** Makes {@code values} the file's content, durably. */
    static void replace(Disk disk, Path path, Map<String, String> values) throws IOException {
        StringBuilder text = new StringBuilder(FORMAT + "=" + VERSION + "\n");
        new TreeMap<>(values)
                .forEach((key, value) ->
                        text.append(key).append('=').append(escape(value)).append('\n'));
        text.append(checksumLine(text.toString()));
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
        if (bytes.remaining() > MAX_BYTES) {
            throw new IllegalArgumentException(path + " would be larger than " + MAX_BYTES + " bytes");
        }
        Path draft = path.resolveSibling(path.getFileName() + DraftFiles.SUFFIX);
        try (Disk.File file = disk.open(draft)) {
            file.resize(0);
            file.write(bytes, 0);
            file.force();
        }
        DraftFiles.publish(disk, draft, path);
    }

    private static String checksumLine(String lines) {
        CRC32C crc = new CRC32C();
        crc.update(lines.getBytes(StandardCharsets.UTF_8));
        return CHECKSUM + String.format("%08x", crc.getValue()) + "\n";
    }

    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String unescape(String line) {
        StringBuilder value = new StringBuilder(line.length());
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\' && i + 1 < line.length()) {
                char escaped = line.charAt(++i);
                value.append(escaped == 'n' ? '\n' : escaped == 'r' ? '\r' : escaped);
            } else {
                value.append(c);
            }
        }
        return value.toString();
    }

    static StorageFailure damaged(Path path, String reason) {
        return new StorageFailure(
                Kind.CORRUPT,
                path + " is damaged: " + reason + ". Restore it from a copy of this very directory, or empty the data"
                        + " directory and let the node join again under a new storage id.",
                null);
    }
}
