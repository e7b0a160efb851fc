package io.dengine.check;

import io.dengine.api.ByteSequence;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import io.dengine.api.ReadConsistency;
import io.dengine.api.ScanRequest;
import io.dengine.api.WatchEvent;
import io.dengine.statemachine.RevisionEvents;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Histories as lines of words, to be kept and judged again. First the calls, then the changes:
 *
 * <pre>
 * call 3 1000 1900 put a/1 v7 0 written 12
 * call 4 1000 never cas a/1 =v7 v8 250 unknown
 * call 3 2000 2400 get LINEARIZABLE a/1,a/2 observed 13 all a/1=v8@12,13,2
 * change 12 put a/1=v7@12,12,1 none
 * </pre>
 *
 * An entry is {@code key=value@createRevision,modRevision,version}. Bytes other than letters, digits and {@code / . _ -} are
 * {@code %XX}; no bytes at all are {@code %}.
 */
public final class HistoryText {

    private static final String NEVER = "never";
    private static final String NONE = "none";

    private HistoryText() {}

    // ---- writing ----

    public static String write(History history) {
        StringBuilder text = new StringBuilder();
        for (Call call : history.calls()) {
            text.append("call ").append(call.client()).append(' ').append(call.calledNanos());
            text.append(' ').append(call.returnedNanos() == Call.NEVER ? NEVER : "" + call.returnedNanos());
            write(text, call.request());
            write(text, call.outcome());
            text.append('\n');
        }
        for (RevisionEvents change : history.committed()) {
            text.append("change ").append(change.revision());
            for (WatchEvent event : change.events()) {
                boolean put = event.type() == WatchEvent.Type.PUT;
                text.append(put ? " put " : " delete ")
                        .append(put ? word(event.entry()) : word(event.key()))
                        .append(' ')
                        .append(event.previous() == null ? NONE : word(event.previous()));
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static void write(StringBuilder text, Request request) {
        if (request instanceof Request.Put put) {
            append(text, "put", word(put.key()), word(put.value()), put.ttlMillis());
        } else if (request instanceof Request.CompareAndSet cas) {
            append(text, "cas", word(cas.key()), word(cas.expected()), word(cas.value()), cas.ttlMillis());
        } else if (request instanceof Request.Delete delete) {
            append(text, "delete", word(delete.key()));
        } else if (request instanceof Request.Get get) {
            String keys =
                    String.join(",", get.keys().stream().map(HistoryText::word).toList());
            append(text, "get", get.consistency(), keys);
        } else if (request instanceof Request.Scan scan) {
            ScanRequest page = scan.page();
            String after = page.after() == null ? "*" : word(page.after());
            append(text, "scan", scan.consistency(), word(page.prefix()), after, page.limit());
        } else {
            throw new AssertionError(request);
        }
    }

    private static void write(StringBuilder text, Outcome outcome) {
        if (outcome instanceof Outcome.Written written) {
            append(text, "written", written.revision());
        } else if (outcome instanceof Outcome.Observed observed) {
            append(text, "observed", observed.revision(), observed.more() ? "more" : "all");
            observed.entries().forEach(entry -> append(text, word(entry)));
        } else {
            append(text, outcome instanceof Outcome.Refused ? "refused" : "unknown");
        }
    }

    private static void append(StringBuilder text, Object... words) {
        for (Object word : words) {
            text.append(' ').append(word);
        }
    }

    private static String word(Expectation expected) {
        if (expected instanceof Expectation.Value value) {
            return "=" + word(value.value());
        }
        return expected instanceof Expectation.ModRevision modRevision ? "@" + modRevision.revision() : "absent";
    }

    private static String word(KeyValue entry) {
        return word(entry.key()) + "=" + word(entry.value()) + "@" + entry.createRevision() + "," + entry.modRevision()
                + "," + entry.version();
    }

    private static String word(ByteSequence bytes) {
        if (bytes.isEmpty()) {
            return "%";
        }
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < bytes.length(); i++) {
            int octet = bytes.byteAt(i) & 0xFF;
            boolean plain = octet < 0x80 && (Character.isLetterOrDigit(octet) || "/._-".indexOf(octet) >= 0);
            word.append(plain ? "" + (char) octet : "%%%02X".formatted(octet));
        }
        return word.toString();
    }

    // ---- reading ----

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalArgumentException if a line is neither call nor change, or has words too many or too few
     */
    public static History parse(String text) {
        List<Call> calls = new ArrayList<>();
        List<RevisionEvents> changes = new ArrayList<>();
        for (String line : text.lines().toList()) {
            Deque<String> words = new ArrayDeque<>(Arrays.asList(line.split(" ", -1)));
            String kind = words.pop();
            if (kind.equals("call")) {
                calls.add(call(words));
            } else if (kind.equals("change")) {
                changes.add(change(words));
            } else if (!line.isBlank()) {
                throw new IllegalArgumentException(line);
            }
            if (!words.isEmpty()) {
                throw new IllegalArgumentException("too long: " + line);
            }
        }
        return new History(calls, changes);
    }

    private static Call call(Deque<String> words) {
        int client = Integer.parseInt(next(words));
        long calledNanos = number(words);
        String returned = next(words);
        return new Call(
                client,
                calledNanos,
                returned.equals(NEVER) ? Call.NEVER : Long.parseLong(returned),
                request(words),
                outcome(words));
    }

    private static Request request(Deque<String> words) {
        String kind = next(words);
        return switch (kind) {
            case "put" -> new Request.Put(bytes(next(words)), bytes(next(words)), number(words));
            case "cas" ->
                new Request.CompareAndSet(
                        bytes(next(words)), expectation(next(words)), bytes(next(words)), number(words));
            case "delete" -> new Request.Delete(bytes(next(words)));
            case "get" -> {
                ReadConsistency consistency = ReadConsistency.valueOf(next(words));
                List<ByteSequence> keys = Arrays.stream(next(words).split(",", -1))
                        .map(HistoryText::bytes)
                        .toList();
                yield new Request.Get(keys, consistency);
            }
            case "scan" -> {
                ReadConsistency consistency = ReadConsistency.valueOf(next(words));
                ByteSequence prefix = bytes(next(words));
                String after = next(words);
                int limit = (int) number(words);
                yield new Request.Scan(
                        new ScanRequest(prefix, after.equals("*") ? null : bytes(after), limit), consistency);
            }
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static Expectation expectation(String word) {
        return switch (word.charAt(0)) {
            case '=' -> Expectation.value(bytes(word.substring(1)));
            case '@' -> Expectation.modRevision(Long.parseLong(word.substring(1)));
            default -> Expectation.absent();
        };
    }

    private static Outcome outcome(Deque<String> words) {
        String kind = next(words);
        return switch (kind) {
            case "written" -> new Outcome.Written(number(words));
            case "observed" -> {
                long revision = number(words);
                boolean more = next(words).equals("more");
                List<KeyValue> entries = new ArrayList<>();
                while (!words.isEmpty()) {
                    entries.add(entry(next(words)));
                }
                yield new Outcome.Observed(revision, entries, more);
            }
            case "refused" -> Outcome.REFUSED;
            case "unknown" -> Outcome.UNKNOWN;
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static RevisionEvents change(Deque<String> words) {
        long revision = number(words);
        List<WatchEvent> events = new ArrayList<>();
        while (!words.isEmpty()) {
            boolean put = next(words).equals("put");
            String changed = next(words);
            String previous = next(words);
            events.add(new WatchEvent(
                    put ? WatchEvent.Type.PUT : WatchEvent.Type.DELETE,
                    put ? entry(changed) : new KeyValue(bytes(changed), ByteSequence.EMPTY, 0, revision, 0),
                    previous.equals(NONE) ? null : entry(previous)));
        }
        return new RevisionEvents(revision, events);
    }

    private static KeyValue entry(String word) {
        int value = word.indexOf('=') + 1;
        int revisions = word.indexOf('@', value) + 1;
        String[] numbers = word.substring(revisions).split(",", -1);
        return new KeyValue(
                bytes(word.substring(0, value - 1)),
                bytes(word.substring(value, revisions - 1)),
                Long.parseLong(numbers[0]),
                Long.parseLong(numbers[1]),
                Long.parseLong(numbers[2]));
    }

    private static ByteSequence bytes(String word) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < word.length() && !word.equals("%"); i++) {
            if (word.charAt(i) == '%') {
                bytes.write(Integer.parseInt(word.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                bytes.write(word.charAt(i));
            }
        }
        return ByteSequence.copyOf(bytes.toByteArray());
    }

    private static long number(Deque<String> words) {
        return Long.parseLong(next(words));
    }

    private static String next(Deque<String> words) {
        @Nullable String word = words.poll();
        if (word == null) {
            throw new IllegalArgumentException("a line ends too soon");
        }
        return word;
    }
}
