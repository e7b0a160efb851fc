package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.command.CommandResult;
import io.dengine.raft.entry.EntryId;
import io.dengine.statemachine.ApplyResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProposalBacklogTest {

    private static final CommandResult DONE = new CommandResult(7, true, null);

    private final ProposalBacklog backlog = new ProposalBacklog(3, 100);
    private final List<String> answers = new ArrayList<>();

    private void propose(long term, long index, int bytes) {
        String name = term + "/" + index;
        backlog.add(new EntryId(term, index), bytes, new ProposalBacklog.Answer() {
            @Override
            public void applied(CommandResult result) {
                answers.add(name + " applied at " + result.revision());
            }

            @Override
            public void overwritten() {
                answers.add(name + " overwritten");
            }

            @Override
            public void indeterminate(String text) {
                answers.add(name + " " + text);
            }
        });
    }

    private void applied(long term, long index) {
        backlog.onApplied(List.of(new ApplyResult(new EntryId(term, index), DONE)));
    }

    @Test
    void anEntryOfAnotherTermAtTheSameIndexAnswersNoProposal() {
        propose(2, 5, 10);
        propose(2, 6, 10);
        applied(1, 4);
        applied(2, 5);
        applied(3, 6);

        assertThat(answers).containsExactly("2/5 applied at 7", "2/6 overwritten");
        assertThat(backlog.isEmpty()).isTrue();
    }

    @Test
    void whatWasAbandonedIsAnsweredOnceThoughItIsAppliedLater() {
        propose(2, 5, 10);
        propose(2, 6, 10);
        backlog.abandon("lost");
        applied(2, 5);
        applied(2, 6);

        assertThat(answers).containsExactly("2/5 lost", "2/6 lost");
    }

    @Test
    void roomIsBoundedByCountAndBytesAndComesBack() {
        propose(1, 1, 60);
        assertThat(backlog.hasRoom(40)).isTrue();
        assertThat(backlog.hasRoom(41)).isFalse();
        propose(1, 2, 1);
        propose(1, 3, 1);
        assertThat(backlog.hasRoom(0)).isFalse();

        applied(1, 1);
        assertThat(backlog.hasRoom(98)).isTrue();
        assertThat(backlog.hasRoom(99)).isFalse();
        backlog.abandon("lost");
        assertThat(backlog.hasRoom(100)).isTrue();
    }
}
