package io.dengine.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the forms in which public test suites keep what they recorded. */
final class RecordedHistories {

    private static final Pattern ETCD =
            Pattern.compile("INFO\\s+jepsen\\.util\\s+-\\s+(\\d+)\\s+:(\\w+)\\s+:(\\w+)\\s+(.+)");
    private static final Pattern PAIR = Pattern.compile("\\[(\\S+) (\\S+)]");
    private static final Pattern MAP = Pattern.compile("\\{(?:[^{}\"]++|\"(?:[^\"\\\\]++|\\\\.)*+\")*+}");
    private static final Pattern COMMENT = Pattern.compile("(?m)^ *;.*$");
    private static final String NIL = "nil";
    private static final String TIMED_OUT = ":timed-out";

    /** One line: a process calls, or is told. */
    private record Line(String process, String type, String function, String key, String value) {}

    private record UnderWay(int handle, Line line) {}

    private RecordedHistories() {}

    /** Returns the folder with the recorded histories, or null where there is none. */
    static @Nullable Path folder() {
        Path folder = Path.of(System.getProperty("dengine.histories", "../../shared/histories"));
        return Files.isDirectory(folder) ? folder : null;
    }

    static List<Path> files(Path folder, String ending) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }

    // ---- registers with compare-and-set ----

    /** Reads a Knossos history. There a read of nil says nothing, and what failed did not happen. */
    static KeyHistory casRegister(Path file) throws IOException {
        List<Line> lines = new ArrayList<>();
        for (Line line : maps(file)) {
            if (line.process().matches("\\d+")) {
                lines.add(line);
            }
        }
        return register(lines, false);
    }

    /** Reads a log of Jepsen's test of etcd. There nil is the missing key, and a failed compare-and-set did not match. */
    static KeyHistory etcd(Path file) throws IOException {
        List<Line> lines = new ArrayList<>();
        for (String text : Files.readAllLines(file)) {
            Matcher line = ETCD.matcher(text.strip());
            if (line.matches()) {
                String value = line.group(4).strip();
                // A read that times out is over and has seen nothing; a write may still happen.
                lines.add(new Line(line.group(1), line.group(2), line.group(3), "", value));
            }
        }
        return register(lines, true);
    }

    private static KeyHistory register(List<Line> lines, boolean nilIsAbsent) {
        KeyHistory.Builder builder = new KeyHistory.Builder(Step.ABSENT);
        Map<String, UnderWay> underWay = new HashMap<>();
        for (Line line : lines) {
            if (line.type().equals("invoke")) {
                underWay.put(line.process(), new UnderWay(builder.called(), line));
                continue;
            }
            UnderWay call = underWay.get(line.process());
            if (line.type().equals("info") || call == null) {
                continue;
            }
            underWay.remove(line.process());
            if (line.type().equals("ok")) {
                Step step = step(line.function(), line.value());
                if (!line.function().equals("read")
                        || nilIsAbsent
                        || !line.value().equals(NIL)) {
                    builder.returned(call.handle(), step);
                }
            } else if (nilIsAbsent
                    && line.function().equals("cas")
                    && !line.value().equals(TIMED_OUT)) {
                builder.returned(call.handle(), Step.mismatch(pair(line.value()).group(1)));
            }
        }
        for (UnderWay call : underWay.values()) {
            builder.lost(call.handle(), step(call.line().function(), call.line().value()));
        }
        return builder.build();
    }

    private static Step step(String function, String value) {
        return switch (function) {
            case "read" -> Step.read(value.equals(NIL) ? Step.ABSENT : value);
            case "write" -> Step.write(value);
            case "cas" -> Step.compareAndSet(pair(value).group(1), pair(value).group(2));
            default -> throw new IllegalArgumentException(function);
        };
    }

    private static Matcher pair(String value) {
        Matcher pair = PAIR.matcher(value);
        if (!pair.matches()) {
            throw new IllegalArgumentException(value);
        }
        return pair;
    }

    // ---- stores with append ----

    /** Reads a history of gets, puts and appends, one for each key; a key begins empty. */
    static Map<String, KeyHistory> store(Path file) throws IOException {
        Map<String, KeyHistory.Builder> builders = new TreeMap<>();
        Map<String, UnderWay> underWay = new HashMap<>();
        for (Line line : maps(file)) {
            KeyHistory.Builder builder = builders.computeIfAbsent(line.key(), key -> new KeyHistory.Builder(""));
            if (line.type().equals("invoke")) {
                underWay.put(line.process(), new UnderWay(builder.called(), line));
                continue;
            }
            UnderWay call = underWay.remove(line.process());
            if (call == null) {
                throw new IllegalArgumentException("not called: " + line);
            }
            Step step = switch (line.function()) {
                case "get" -> Step.read(line.value());
                case "put" -> Step.write(line.value());
                case "append" -> Step.append(line.value());
                default -> throw new IllegalArgumentException(line.function());
            };
            builder.returned(call.handle(), step);
        }
        Map<String, KeyHistory> histories = new TreeMap<>();
        builders.forEach((key, builder) -> histories.put(key, builder.build()));
        return histories;
    }

    // ---- EDN ----

    private static List<Line> maps(Path file) throws IOException {
        List<Line> lines = new ArrayList<>();
        // A map may go over several lines; a string in it may hold braces.
        Matcher map = MAP.matcher(COMMENT.matcher(Files.readString(file)).replaceAll(""));
        while (map.find()) {
            lines.add(new Line(
                    field(map.group(), "process"),
                    field(map.group(), "type").substring(1),
                    field(map.group(), "f").substring(1),
                    field(map.group(), "key"),
                    field(map.group(), "value")));
        }
        return lines;
    }

    private static String field(String map, String name) {
        Matcher field = Pattern.compile(":" + name + "\\s+(\"[^\"]*\"|\\[[^]]*]|[^\\s,}]+)")
                .matcher(map);
        String value = field.find() ? field.group(1) : "";
        return value.startsWith("\"") ? value.substring(1, value.length() - 1) : value;
    }
}
