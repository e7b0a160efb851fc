package io.dengine.demo;

import io.dengine.api.FatalException;
import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/**
 * Every failure as a problem document (RFC 9457) whose {@code detail} is meant for people. The three classes of engine
 * failure stay apart: 503 nothing happened, 504 it may have happened, and a flag conflict carries the present flag.
 */
@RestControllerAdvice
final class FlagProblems extends ResponseEntityExceptionHandler {

    /** An election takes about a second. */
    private static final String RETRY_AFTER_SECONDS = "1";

    @ExceptionHandler
    ProblemDetail invalid(InvalidFlagException e) {
        ProblemDetail problem = detail(HttpStatus.BAD_REQUEST, "The flag is not valid", e.getMessage());
        problem.setProperty("field", e.field());
        return problem;
    }

    @ExceptionHandler
    ProblemDetail unknown(UnknownFlagException e) {
        return detail(HttpStatus.NOT_FOUND, "No such flag", e.getMessage());
    }

    @ExceptionHandler
    ProblemDetail conflict(FlagConflictException e) {
        ProblemDetail problem = detail(HttpStatus.CONFLICT, "The flag was changed meanwhile", e.getMessage());
        problem.setProperty("current", e.current());
        return problem;
    }

    @ExceptionHandler
    ProblemDetail importFile(ImportFileException e) {
        return detail(
                e.tooLarge() ? HttpStatus.CONTENT_TOO_LARGE : HttpStatus.BAD_REQUEST,
                "The file was not imported",
                e.getMessage());
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> refused(RefusedException e) {
        return switch (e.reason()) {
            case TOO_LARGE -> answer(HttpStatus.CONTENT_TOO_LARGE, "The flag is too large", e.getMessage());
            case INVALID -> answer(HttpStatus.BAD_REQUEST, "The store refused the request", e.getMessage());
            default ->
                ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE)
                        .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                        .body(detail(
                                HttpStatus.SERVICE_UNAVAILABLE,
                                "The store cannot answer now",
                                "Nothing was changed: the store cannot answer now (" + e.getMessage()
                                        + "). Try again in a moment."));
        };
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> indeterminate(IndeterminateException e) {
        return answer(
                HttpStatus.GATEWAY_TIMEOUT,
                "The outcome is not known",
                "The change may have happened, or may yet: " + e.getMessage()
                        + ". Load the flag again before you repeat it.");
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> fatal(FatalException e) {
        return answer(
                HttpStatus.SERVICE_UNAVAILABLE,
                "This node is out of service",
                "This node has left the cluster and must be restarted; use another node. A change under way may have"
                        + " happened.");
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> streamRefused(StreamRefusedException e) {
        return answer(HttpStatus.SERVICE_UNAVAILABLE, "No live updates from this node", e.getMessage());
    }

    private static ResponseEntity<ProblemDetail> answer(HttpStatus status, String title, @Nullable String detail) {
        return ResponseEntity.status(status).body(detail(status, title, detail));
    }

    private static ProblemDetail detail(HttpStatus status, String title, @Nullable String detail) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        problem.setTitle(title);
        return problem;
    }
}
