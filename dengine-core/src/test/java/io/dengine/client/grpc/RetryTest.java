package io.dengine.client.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.dengine.DEngineClient;
import io.dengine.api.ByteSequence;
import io.dengine.api.GetResult;
import io.dengine.api.IndeterminateException;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.config.Limits;
import io.dengine.proto.v1.Answer;
import io.dengine.proto.v1.Failure;
import io.dengine.proto.v1.FailureClass;
import io.dengine.proto.v1.LeaderHint;
import io.dengine.proto.v1.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is tried again, and what is not. */
@Timeout(30)
class RetryTest {

    private static final ByteSequence KEY = ByteSequence.of("k");
    private static final ByteSequence VALUE = ByteSequence.of("v");

    private final List<ScriptedNode> nodes = new ArrayList<>();

    @AfterEach
    void closeAll() {
        nodes.forEach(ScriptedNode::close);
    }

    private ScriptedNode node() {
        ScriptedNode node = new ScriptedNode(nodes.size() + 1);
        nodes.add(node);
        return node;
    }

    private ClientSettings settings() {
        return ClientSettings.of(nodes.stream().map(node -> node.address).toList());
    }

    private static RefusedException.Reason reasonOf(CompletableFuture<?> call) {
        Throwable failure = catchThrowable(() -> call.get(20, TimeUnit.SECONDS));
        assertThat(failure).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(RefusedException.class);
        return ((RefusedException) failure.getCause()).reason();
    }

    @Test
    void whatIsRefusedForNowIsTriedAgainUntilItIsTaken() {
        ScriptedNode node = node();
        AtomicInteger refusals = new AtomicInteger();
        node.script = operation -> refusals.incrementAndGet() <= 4
                ? ScriptedNode.refuse(Reason.REASON_OVERLOADED)
                : ScriptedNode.succeed(operation);
        try (DEngineClient client = DEngineClient.connect(settings())) {
            assertThat(client.client().blocking().put(KEY, VALUE).revision()).isPositive();
            assertThat(node.operations).hasValue(5);
        }
    }

    @Test
    void whatCannotHelpIsNotTriedAgain() {
        ScriptedNode node = node();
        node.script = operation -> ScriptedNode.refuse(Reason.REASON_INVALID);
        try (DEngineClient client = DEngineClient.connect(settings())) {
            assertThat(reasonOf(client.client().put(KEY, VALUE))).isEqualTo(RefusedException.Reason.INVALID);
            assertThat(node.operations).hasValue(1);
        }
    }

    @Test
    void whatMayHaveHappenedIsNeverTriedAgain() {
        ScriptedNode node = node();
        node.script = operation -> Answer.newBuilder()
                .setFailure(Failure.newBuilder()
                        .setFailureClass(FailureClass.FAILURE_CLASS_INDETERMINATE)
                        .setText("who knows"));
        try (DEngineClient client = DEngineClient.connect(settings())) {
            assertThatThrownBy(() -> client.client().blocking().put(KEY, VALUE))
                    .isInstanceOf(IndeterminateException.class)
                    .hasMessage("who knows");
            assertThat(node.operations).hasValue(1);
        }
    }

    @Test
    void aWriteOnABrokenStreamMayHaveHappenedAndAReadIsAskedAgain() throws Exception {
        ScriptedNode node = node();
        node.script = operation -> null;
        try (DEngineClient client = DEngineClient.connect(settings())) {
            CompletableFuture<PutResult> write = client.client().put(KEY, VALUE);
            CompletableFuture<GetResult> read = client.client().get(KEY, ReadConsistency.LINEARIZABLE);
            await().until(() -> node.unanswered.size() == 2);
            node.script = ScriptedNode::succeed;
            node.breakStreams();
            assertThatThrownBy(() -> write.get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(IndeterminateException.class)
                    .hasMessageContaining("broken by the test");
            assertThat(read.get(10, TimeUnit.SECONDS).revision()).isEqualTo(7);
            assertThat(node.operations).hasValue(3);
        }
    }

    @Test
    void aWriteThatNeverLeftIsCarriedOutOnceItsNodeIsBack() throws Exception {
        ScriptedNode node = node();
        node.kill();
        try (DEngineClient client = DEngineClient.connect(settings())) {
            CompletableFuture<PutResult> write = client.client().put(KEY, VALUE);
            assertThat(catchThrowable(() -> write.get(200, TimeUnit.MILLISECONDS)))
                    .isNotNull();
            assertThat(write).isNotDone();
            node.start();
            assertThat(write.get(10, TimeUnit.SECONDS).revision()).isPositive();
        }
    }

    @Test
    void allRetriesTogetherStayWithinTheBudget() {
        ScriptedNode node = node();
        node.script = operation -> ScriptedNode.refuse(Reason.REASON_OVERLOADED);
        ClientSettings.Retry retry = new ClientSettings.Retry(Duration.ofMillis(1), Duration.ofMillis(2), 100);
        ClientSettings settings = settings().withRetry(retry).withRequestTimeout(Duration.ofSeconds(1));
        try (DEngineClient client = DEngineClient.connect(settings)) {
            List<CompletableFuture<PutResult>> writes = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                writes.add(client.client().put(KEY, VALUE));
            }
            assertThat(writes)
                    .allSatisfy(write -> assertThat(reasonOf(write)).isEqualTo(RefusedException.Reason.OVERLOADED));
            // One second's worth to begin with, and what came in the second that passed, with room for a slow machine.
            assertThat(node.operations.get()).isBetween(50 + 100, 50 + 400);
        }
    }

    @Test
    void aLeaderThatAFailureNamesIsAskedNext() {
        ScriptedNode follower = node();
        ScriptedNode leader = node();
        ScriptedNode.introduce(nodes, 0);
        follower.script = operation -> Answer.newBuilder()
                .setFailure(ScriptedNode.refuse(Reason.REASON_NO_LEADER).getFailure().toBuilder()
                        .setLeader(
                                LeaderHint.newBuilder().setNodeId(leader.id).setApiAddress(leader.address.toString())));
        try (DEngineClient client = DEngineClient.connect(follower.address.toString())) {
            client.client().blocking().put(KEY, VALUE);
            assertThat(leader.operations).hasValue(1);
        }
    }

    @Test
    void writesGoToTheLeaderThatMembersKnowAndFollowItWhenItChanges() {
        ScriptedNode first = node();
        ScriptedNode second = node();
        ScriptedNode.introduce(nodes, first.id);
        try (DEngineClient client = DEngineClient.connect(second.address.toString())) {
            await().atMost(Duration.ofSeconds(10)).until(() -> {
                client.client().blocking().put(KEY, VALUE);
                return first.operations.get() > 0;
            });
            nodes.forEach(node -> node.term = 2);
            ScriptedNode.introduce(nodes, second.id);
            int before = second.operations.get();
            await().atMost(Duration.ofSeconds(10)).until(() -> {
                client.client().blocking().put(KEY, VALUE);
                return second.operations.get() > before;
            });
        }
    }

    @Test
    void aNodeOfAnotherClusterIsNotUsed() throws Exception {
        ScriptedNode first = node();
        try (DEngineClient client = DEngineClient.connect(settings().withRequestTimeout(Duration.ofSeconds(1)))) {
            client.client().blocking().put(KEY, VALUE);
            first.kill();
            try (ScriptedNode other = new ScriptedNode(first.id, first.address)) {
                other.clusterName = "another";
                assertThatThrownBy(() -> client.client().blocking().get(KEY, ReadConsistency.LINEARIZABLE))
                        .isInstanceOf(RefusedException.class)
                        .hasMessageContaining("belongs to the cluster 'another'");
                assertThat(other.operations).hasValue(0);
            }
        }
    }

    @Test
    void aSilentNodeIsGivenUp() {
        ScriptedNode silent = node();
        ScriptedNode other = node();
        ScriptedNode.introduce(nodes, silent.id);
        silent.script = operation -> null;
        ClientSettings settings = ClientSettings.of(List.of(silent.address)).withRequestTimeout(Duration.ofMillis(500));
        try (DEngineClient client = DEngineClient.connect(settings)) {
            await().atMost(Duration.ofSeconds(10)).until(() -> {
                CompletableFuture<GetResult> read = client.client().get(KEY, ReadConsistency.LINEARIZABLE);
                Throwable failure = catchThrowable(() -> read.get(5, TimeUnit.SECONDS));
                silent.leaderId = other.id;
                other.leaderId = other.id;
                silent.term = 2;
                other.term = 2;
                return failure == null;
            });
            assertThat(other.operations.get()).isPositive();
        }
    }

    @Test
    void beyondItsBoundsTheClientRefusesAtOnceAndRoomComesBack() throws Exception {
        ScriptedNode node = node();
        node.script = operation -> null;
        Limits limits = new Limits(8, 1000, 10, 1_008 * 5, 5, Duration.ofSeconds(1));
        try (DEngineClient client = DEngineClient.connect(settings().withLimits(limits))) {
            List<CompletableFuture<?>> calls = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                calls.add(client.client().put(KEY, VALUE));
            }
            assertThat(reasonOf(client.client().put(KEY, VALUE))).isEqualTo(RefusedException.Reason.OVERLOADED);
            for (int i = 0; i < 5; i++) {
                calls.add(client.client().get(KEY, ReadConsistency.LOCAL));
            }
            assertThat(reasonOf(client.client().get(KEY, ReadConsistency.LOCAL)))
                    .isEqualTo(RefusedException.Reason.OVERLOADED);
            for (CompletableFuture<?> call : calls) {
                assertThat(catchThrowable(() -> call.get(10, TimeUnit.SECONDS))).isNotNull();
            }
            node.script = ScriptedNode::succeed;
            ByteSequence large = ByteSequence.wrap(new byte[1000]);
            List<CompletableFuture<PutResult>> writes = new ArrayList<>();
            node.script = operation -> null;
            for (int i = 0; i < 5; i++) {
                writes.add(client.client().put(KEY, large));
            }
            assertThat(reasonOf(client.client().put(KEY, large))).isEqualTo(RefusedException.Reason.OVERLOADED);
            assertThat(writes).noneSatisfy(write -> assertThat(write).isDone());
        }
    }

    @Test
    void aCloseAnswersEverything() {
        ScriptedNode node = node();
        node.script = operation -> operation.hasPut() ? null : ScriptedNode.succeed(operation);
        List<CompletableFuture<?>> calls = new ArrayList<>();
        DEngineClient client = DEngineClient.connect(settings());
        for (int i = 0; i < 100; i++) {
            calls.add(client.client().put(KEY, VALUE));
            calls.add(client.client().get(KEY, ReadConsistency.LINEARIZABLE));
        }
        await().until(() -> node.unanswered.size() == 100);
        client.close();
        assertThat(reasonOf(client.client().put(KEY, VALUE))).isEqualTo(RefusedException.Reason.CLOSED);
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() ->
                        assertThat(calls).allSatisfy(call -> assertThat(call).isDone()));
        assertThat(calls.get(0)).isCompletedExceptionally();
    }

    @Test
    void whatNeverLeftAClosedClientIsRefused() {
        ScriptedNode node = node();
        node.close();
        CompletableFuture<PutResult> write;
        try (DEngineClient client = DEngineClient.connect(settings())) {
            write = client.client().put(KEY, VALUE);
        }
        assertThat(reasonOf(write)).isEqualTo(RefusedException.Reason.CLOSED);
    }

    @Test
    void answersComeOnCallbackThreads() throws Exception {
        ScriptedNode node = node();
        CompletableFuture<Void> gate = new CompletableFuture<>();
        node.script = operation -> {
            gate.join();
            return ScriptedNode.succeed(operation);
        };
        try (DEngineClient client = DEngineClient.connect(settings())) {
            CompletableFuture<String> thread = client.client()
                    .put(KEY, VALUE)
                    .thenApply(put -> Thread.currentThread().getName());
            gate.complete(null);
            assertThat(thread.get(10, TimeUnit.SECONDS)).startsWith("dengine-client-callback");
        }
    }

    @Test
    void aFailureNamesTheNodesThatWereTried() {
        assertThatThrownBy(() -> {
                    try (DEngineClient client = DEngineClient.connect(
                            ClientSettings.of("127.0.0.1:1").withRequestTimeout(Duration.ofMillis(300)))) {
                        client.client().blocking().put(KEY, VALUE);
                    }
                })
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(RefusedException.Reason.UNAVAILABLE))
                .hasMessageContaining("127.0.0.1:1");
    }
}
