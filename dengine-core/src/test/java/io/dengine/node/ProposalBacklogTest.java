package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.command.CommandResult;
import io.dengine.raft.entry.EntryId;
import io.dengine.statemachine.ApplyResult;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProposalBacklogTest {

    private final ProposalBacklog backlog = new ProposalBacklog(3, 100);
    private final List<String> answers = new ArrayList<>();

    private void add(long term, long index, int bytes) {
        backlog.add(new EntryId(term, index), bytes, new ProposalBacklog.Answer() {
            @Override
            public void applied(CommandResult result) {
                answers.add(index + " applied at " + result.revision());
            }

            @Override
            public void overwritten() {
                answers.add(index + " overwritten");
            }

            @Override
            public void indeterminate(String text) {
                answers.add(index + " " + text);
            }
        });
    }

    private static ApplyResult result(long term, long index, long revision) {
        @Nullable CommandResult result = revision == 0 ? null : new CommandResult(revision, true, null);
        return new ApplyResult(new EntryId(term, index), result);
    }

    @Test
    void answersGoOutInLogOrderPastEntriesOfOthers() {
        add(2, 5, 1);
        add(2, 7, 1);
        backlog.onApplied(List.of(result(1, 4, 10), result(2, 5, 11), result(2, 6, 0)));
        backlog.onApplied(List.of(result(2, 7, 12), result(2, 8, 13)));
        assertThat(answers).containsExactly("5 applied at 11", "7 applied at 12");
        assertThat(backlog.isEmpty()).isTrue();
    }

    @Test
    void anEntryOfAnotherTermInItsPlaceMeansThatItNeverHappened() {
        add(2, 5, 1);
        backlog.onApplied(List.of(result(3, 5, 11)));
        assertThat(answers).containsExactly("5 overwritten");
    }

    @Test
    void whatWasAbandonedIsAnsweredOnceThoughItIsAppliedLater() {
        add(2, 5, 1);
        backlog.abandonAbove(0, "unknown");
        backlog.onApplied(List.of(result(2, 5, 11)));
        assertThat(answers).containsExactly("5 unknown");
    }

    @Test
    void roomIsBoundedInNumberAndBytesAndComesBackWithEachAnswer() {
        add(1, 1, 50);
        add(1, 2, 50);
        assertThat(backlog.hasRoom(1)).isFalse();
        backlog.onApplied(List.of(result(1, 1, 2)));
        assertThat(backlog.hasRoom(50)).isTrue();
        add(1, 3, 10);
        add(1, 4, 10);
        assertThat(backlog.hasRoom(1)).isFalse();
        backlog.abandonAbove(2, "unknown");
        assertThat(answers).containsExactly("1 applied at 2", "3 unknown", "4 unknown");
        assertThat(backlog.hasRoom(50)).isTrue();
        assertThat(backlog.hasRoom(51)).isFalse();
        backlog.onApplied(List.of(result(1, 2, 3)));
        assertThat(answers).endsWith("2 applied at 3");
        assertThat(backlog.hasRoom(100)).isTrue();
    }
}
