package io.dengine.demo;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** The flags over HTTP. What can go wrong, and how a caller is told, is in {@link FlagProblems}. */
@RestController
@RequestMapping("/api/flags")
final class FlagController {

    private final FlagStore store;
    private final FlagImport importer;
    private final FlagStreams streams;

    FlagController(FlagStore store, FlagImport importer, FlagStreams streams) {
        this.store = store;
        this.importer = importer;
        this.streams = streams;
    }

    @GetMapping
    FlagList list() {
        return store.list();
    }

    @GetMapping("/{name}")
    Flag get(@PathVariable String name) {
        Flag flag = store.find(FlagEdit.checkedName(name));
        if (flag == null) {
            throw new UnknownFlagException(name);
        }
        return flag;
    }

    @PutMapping("/{name}")
    ResponseEntity<Flag> put(@PathVariable String name, @RequestBody FlagEdit edit) {
        long seenRevision = edit.requiredRevision();
        Flag written = store.put(FlagEdit.checkedName(name), edit.content(), seenRevision);
        return ResponseEntity.status(seenRevision == 0 ? HttpStatus.CREATED : HttpStatus.OK)
                .body(written);
    }

    /** Deletes the flag that the caller saw at {@code revision}. */
    @DeleteMapping("/{name}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(@PathVariable String name, @RequestParam long revision) {
        store.delete(FlagEdit.checkedName(name), FlagEdit.checkedRevision(revision));
    }

    /** Takes what {@link #list} gives, or a bare array of flags. Overwrites only flags whose present revision the file names. */
    @PostMapping(path = "/import", consumes = MediaType.APPLICATION_JSON_VALUE)
    ImportReport importFile(HttpServletRequest request) throws IOException {
        return importer.run(request.getInputStream());
    }

    /** Sends one {@code snapshot} event, then a {@code put} or {@code delete} event for each change after it. */
    @GetMapping(path = "/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    SseEmitter stream() {
        return streams.open();
    }
}
