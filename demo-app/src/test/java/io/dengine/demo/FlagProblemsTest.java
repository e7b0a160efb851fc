package io.dengine.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.FatalException;
import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;

class FlagProblemsTest {

    private final FlagProblems problems = new FlagProblems();

    @Test
    void refusedSaysThatNothingHappenedAndWhenToTryAgain() {
        ResponseEntity<ProblemDetail> answer =
                problems.refused(new RefusedException(Reason.NO_LEADER, "no leader is known"));

        assertThat(answer.getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
        assertThat(answer.getHeaders().getFirst(HttpHeaders.RETRY_AFTER)).isEqualTo("1");
        assertThat(answer.getBody().getDetail()).contains("Nothing was changed", "no leader is known");
    }

    @Test
    void whatRetryingCannotHelpIsTheCallersFault() {
        assertThat(problems.refused(new RefusedException(Reason.TOO_LARGE, "too large"))
                        .getStatusCode())
                .isEqualTo(HttpStatus.CONTENT_TOO_LARGE);
        assertThat(problems.refused(new RefusedException(Reason.INVALID, "ill-formed"))
                        .getStatusCode())
                .isEqualTo(HttpStatus.BAD_REQUEST);
    }

    @Test
    void indeterminateNeverClaimsThatNothingHappened() {
        ResponseEntity<ProblemDetail> answer = problems.indeterminate(new IndeterminateException("the leader changed"));

        assertThat(answer.getStatusCode()).isEqualTo(HttpStatus.GATEWAY_TIMEOUT);
        assertThat(answer.getBody().getDetail()).contains("may have happened", "Load the flag again");
    }

    @Test
    void brokenNodeSendsCallersElsewhere() {
        ResponseEntity<ProblemDetail> answer = problems.fatal(new FatalException("fsync failed", null));

        assertThat(answer.getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
        assertThat(answer.getBody().getDetail()).contains("use another node", "may have happened");
    }
}
