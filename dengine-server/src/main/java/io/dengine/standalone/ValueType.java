package io.dengine.standalone;

import io.dengine.config.PeerAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a value is written. Immutable.
 *
 * @param <T> what is read
 * @param name for the reference
 * @param advice what to write, as a sentence without its end
 * @param parse throws IllegalArgumentException for what is none
 * @param format the text that {@code parse} reads
 */
record ValueType<T>(String name, String advice, Function<String, T> parse, Function<T, String> format) {

    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("(\\d{1,18})\\s*([A-Za-z]+)");

    /** As Spring's DataSize, units are powers of 1024; the exact names may be written too. */
    private static final Map<String, Integer> SIZE_SHIFTS =
            Map.of("B", 0, "KB", 10, "KIB", 10, "MB", 20, "MIB", 20, "GB", 30, "GIB", 30, "TB", 40, "TIB", 40);

    private static final Map<String, Duration> TIME_UNITS = Map.of(
            "ms",
            Duration.ofMillis(1),
            "s",
            Duration.ofSeconds(1),
            "m",
            Duration.ofMinutes(1),
            "h",
            Duration.ofHours(1),
            "d",
            Duration.ofDays(1));

    static final ValueType<String> TEXT = new ValueType<>("text", "Write some text", text -> text, text -> text);

    static final ValueType<Path> PATH =
            new ValueType<>("path", "Write the path of a directory", Path::of, Path::toString);

    static final ValueType<Path> FILE = new ValueType<>("file", "Write the path of a file", Path::of, Path::toString);

    static final ValueType<Boolean> BOOLEAN =
            new ValueType<>("true or false", "Write true or false", ValueType::parseBoolean, String::valueOf);

    static final ValueType<Integer> INTEGER =
            new ValueType<>("number", "Write a whole number up to 2147483647", Integer::valueOf, String::valueOf);

    static final ValueType<Long> LONG =
            new ValueType<>("number", "Write a whole number", Long::valueOf, String::valueOf);

    static final ValueType<Double> FRACTION =
            new ValueType<>("fraction", "Write a fraction such as 0.1", Double::valueOf, String::valueOf);

    static final ValueType<Long> SIZE = new ValueType<>(
            "size", "Write a number with a unit: B, KiB, MiB, GiB or TiB", ValueType::parseSize, ValueType::formatSize);

    /** A size that the engine counts in an int. */
    static final ValueType<Integer> SMALL_SIZE = new ValueType<>(
            "size",
            "Write a number with a unit, B, KiB, MiB or GiB, below 2 GiB",
            text -> Math.toIntExact(parseSize(text)),
            size -> formatSize(size.longValue()));

    static final ValueType<Duration> DURATION = new ValueType<>(
            "duration",
            "Write a number with a unit: ms, s, m, h or d",
            ValueType::parseDuration,
            ValueType::formatDuration);

    static final ValueType<PeerAddress> ADDRESS = new ValueType<>(
            "host:port", "Write host:port with a port from 1 to 65535", PeerAddress::parse, PeerAddress::toString);

    static final ValueType<List<PeerAddress>> ADDRESSES = new ValueType<>(
            "list of host:port",
            "Write a list of host:port, each with a port from 1 to 65535",
            text -> Arrays.stream(text.split(",", -1))
                    .map(part -> PeerAddress.parse(part.strip()))
                    .toList(),
            list -> list.stream().map(PeerAddress::toString).collect(Collectors.joining(", ")));

    /** One of the constants, written in small letters with dashes. */
    static <E extends Enum<E>> ValueType<E> oneOf(Class<E> constants) {
        Map<String, E> byName = new TreeMap<>();
        for (E constant : constants.getEnumConstants()) {
            byName.put(nameOf(constant), constant);
        }
        String names = String.join(", ", byName.keySet());
        return new ValueType<>(
                "one of " + names,
                "Write one of " + names,
                text -> {
                    E found = byName.get(text.toLowerCase(Locale.ROOT).replace('_', '-'));
                    if (found == null) {
                        throw new IllegalArgumentException(text);
                    }
                    return found;
                },
                ValueType::nameOf);
    }

    private static String nameOf(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static boolean parseBoolean(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static long parseSize(String text) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        Integer shift = matcher.matches() ? SIZE_SHIFTS.get(matcher.group(2).toUpperCase(Locale.ROOT)) : null;
        if (shift == null) {
            throw new IllegalArgumentException(text);
        }
        return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift);
    }

    private static String formatSize(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        int unit = 0;
        long left = bytes;
        while (left > 0 && left % 1024 == 0 && unit < units.length - 1) {
            left /= 1024;
            unit++;
        }
        return left + units[unit];
    }

    private static Duration parseDuration(String text) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        if (matcher.matches()) {
            Duration unit = TIME_UNITS.get(matcher.group(2));
            if (unit != null) {
                return unit.multipliedBy(Long.parseLong(matcher.group(1)));
            }
        }
        try {
            return Duration.parse(text); // PT1S, which Spring takes too
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static String formatDuration(Duration duration) {
        long millis = duration.toMillis();
        for (String unit : List.of("d", "h", "m", "s")) {
            long unitMillis = Objects.requireNonNull(TIME_UNITS.get(unit)).toMillis();
            if (millis > 0 && millis % unitMillis == 0) {
                return millis / unitMillis + unit;
            }
        }
        return millis + "ms";
    }
}
