package io.dengine.demo;

import io.dengine.api.CoordinationException;
import io.dengine.api.RefusedException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Imports a file of flags, one write each, so that a flag edited at the same time is reported and not overwritten. An
 * import that stopped half-way can be repeated: what is already there counts as unchanged.
 */
@Component
final class FlagImport {

    static final int MAX_BYTES = 1 << 20;
    static final int MAX_FLAGS = 1_000;

    private final FlagStore store;
    private final JsonMapper mapper;

    FlagImport(FlagStore store, JsonMapper mapper) {
        this.store = store;
        this.mapper = mapper;
    }

    /**
     * Imports the flags of a JSON file: {@code {"flags": [...]}} or only the array.
     *
     * @throws ImportFileException if the file is too large, or is not such a file
     */
    ImportReport run(InputStream file) throws IOException {
        JsonNode entries = entries(file);
        Run run = new Run();
        for (int i = 0; i < entries.size(); i++) {
            run.take(i + 1, entries.get(i));
        }
        return run.report;
    }

    private JsonNode entries(InputStream file) throws IOException {
        byte[] bytes = file.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw new ImportFileException(true, "An import file has at most " + MAX_BYTES + " bytes.");
        }
        JsonNode root;
        try {
            root = mapper.readTree(bytes);
        } catch (JacksonException e) {
            throw new ImportFileException(false, "The file is not JSON: " + e.getOriginalMessage());
        }
        JsonNode entries = root.isObject() ? root.path("flags") : root;
        if (!entries.isArray()) {
            throw new ImportFileException(
                    false, "The file must be an array of flags, or an object with such an array called flags.");
        }
        if (entries.size() > MAX_FLAGS) {
            throw new ImportFileException(
                    true, "An import file has at most " + MAX_FLAGS + " flags, this one has " + entries.size() + ".");
        }
        return entries;
    }

    /** One import under way. */
    private final class Run {

        final ImportReport report = new ImportReport(
                new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        private @Nullable CoordinationException stopped;

        void take(int position, JsonNode entry) {
            try {
                FlagEdit edit = mapper.treeToValue(entry, FlagEdit.class);
                write(FlagEdit.checkedName(edit.name()), edit.content(), edit.revisionOrNew());
            } catch (JacksonException e) {
                report.invalid()
                        .add(new ImportReport.Flaw(
                                position, name(entry), "This is not a flag: " + e.getOriginalMessage()));
            } catch (InvalidFlagException e) {
                report.invalid().add(new ImportReport.Flaw(position, name(entry), messageOf(e)));
            }
        }

        private void write(String name, StoredFlag content, long seenRevision) {
            if (stopped != null) {
                report.unfinished().add(new ImportReport.Unfinished(name, "Not tried."));
                return;
            }
            try {
                report.imported().add(store.put(name, content, seenRevision));
            } catch (FlagConflictException e) {
                Flag current = e.current();
                if (current != null && current.equals(Flag.of(name, content, current.revision()))) {
                    report.unchanged().add(name);
                } else {
                    report.conflicting().add(new ImportReport.Conflict(name, current));
                }
            } catch (CoordinationException e) {
                stopped = e;
                String effect = e instanceof RefusedException ? "Not written: " : "May have been written: ";
                report.unfinished().add(new ImportReport.Unfinished(name, effect + messageOf(e) + "."));
            }
        }

        private static @Nullable String name(JsonNode entry) {
            return entry.path("name").isString() ? entry.path("name").stringValue() : null;
        }

        private static String messageOf(RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
