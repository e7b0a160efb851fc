package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.NodeId;
import io.dengine.statemachine.memory.MemoryTableStore;
import io.dengine.transport.PeerTransport.JoinAnswer;
import io.dengine.transport.PeerTransport.Sighting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Node 4 asks the leader of three to be taken in, which looks at its address who is there. */
class JoinOrderTest {

    private static final NodeId FOUR = NodeId.of(4);
    private static final Member ASKED = Member.of(FOUR, "four:4", new UUID(4, 1));

    private final SteppedNode one = SteppedNode.ofThree(new MemoryTableStore());
    private final List<JoinAnswer> answers = new ArrayList<>();

    @AfterEach
    void close() {
        one.close();
    }

    private void joinAndFind(Member there) {
        one.lead();
        one.peers.askToJoin(ASKED, answers::add);
        one.step();
        one.peers.probes.get(0).answer().accept(new Sighting(there, ""));
        one.step();
        one.pass(Duration.ofMillis(500), 2, 3);
    }

    @Test
    void whoIsThereAsItAskedIsTakenIn() {
        joinAndFind(ASKED);
        assertThat(answers).extracting(JoinAnswer::outcome).containsExactly(JoinAnswer.Outcome.JOINED);
        assertThat(one.node.members().learners()).containsExactly(FOUR);
    }

    /** It has lost its data since, and asks again as who it is now: the two requests threw each other's node out for seconds. */
    @Test
    void whoIsThereWithAnotherStorageIsNotTakenInByThatRequest() {
        joinAndFind(Member.of(FOUR, "four:4", new UUID(4, 2)));
        assertThat(answers).extracting(JoinAnswer::outcome).containsExactly(JoinAnswer.Outcome.RETRY);
        assertThat(one.node.members().learners()).isEmpty();
    }
}
