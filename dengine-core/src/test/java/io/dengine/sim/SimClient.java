package io.dengine.sim;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationException;
import io.dengine.api.Expectation;
import io.dengine.api.GetResult;
import io.dengine.api.KeyValue;
import io.dengine.api.ReadConsistency;
import io.dengine.api.RefusedException;
import io.dengine.api.RefusedException.Reason;
import io.dengine.api.ScanRequest;
import io.dengine.check.Request;
import io.dengine.client.embedded.EmbeddedClient;
import io.dengine.sim.Faults.Kind;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** One caller: one call at a time, on any node, never repeated. */
final class SimClient {

    private static final ReadConsistency[] CONSISTENCIES = ReadConsistency.values();

    private final Simulation simulation;
    private final Swarm swarm;
    private final int number;
    /** The only key it calls about, and only puts; null for a client like any. */
    private final ByteSequence only;

    private final RandomGenerator random;
    private final Map<ByteSequence, KeyValue> lastSeen = new TreeMap<>();
    private long calls;
    private boolean stopped;

    /** Whose process answers the call under way; null if none is. */
    private Life waitsFor;
    /** The write under way; null for a read. */
    private Operation operation;

    SimClient(Simulation simulation, int number, ByteSequence only) {
        this.simulation = simulation;
        this.swarm = simulation.swarm();
        this.number = number;
        this.only = only;
        this.random = simulation.seeds().of("client", number);
    }

    void start() {
        think();
    }

    void stop() {
        stopped = true;
    }

    boolean isWaiting() {
        return waitsFor != null;
    }

    /** The process that was to answer is dead: a read is nothing, a write may have happened. */
    static void onNodeDeath(SimClient client) {
        Operation lost = client.operation;
        client.waitsFor = null;
        client.operation = null;
        client.simulation.history().failed(client.number, null);
        if (lost != null) {
            client.simulation.oracle().answers().indeterminate(lost, null);
        }
        client.think();
    }

    Life waitsFor() {
        return waitsFor;
    }

    private void think() {
        long thinkNanos = only == null ? swarm.thinkNanos : Math.min(swarm.thinkNanos, 5 * Swarm.MILLI);
        simulation.scheduler().after(1 + random.nextLong(2 * thinkNanos), this::call);
    }

    private void call() {
        if (stopped) {
            return;
        }
        SimNode node = simulation.nodes().get(random.nextInt(swarm.nodes));
        Life life = node.life();
        if (life == null
                || life.client == null
                || node.isPaused()
                || isToWait()
                || (simulation.isHealed() && !simulation.isInService(node))) {
            think();
            return;
        }
        waitsFor = life;
        simulation.trace().add("call", node.number(), number, calls, null);
        if (random.nextDouble() < swarm.readShare) {
            read(life);
        } else {
            write(life);
        }
    }

    /** While the cluster settles there is no load, but for what a wrong state has to be found by. */
    private boolean isToWait() {
        return simulation.isSettling() && (only == null || simulation.stateRot().isOver());
    }

    private ByteSequence key() {
        return only != null ? only : keyNumber(random.nextInt(swarm.keys));
    }

    static ByteSequence keyNumber(int number) {
        return ByteSequence.of((number % 2 == 0 ? "a/" : "b/") + number);
    }

    // ---- writes ----

    private void write(Life life) {
        EmbeddedClient client = life.client;
        ByteSequence key = key();
        Answers answers = simulation.oracle().answers();
        int choice = only == null ? random.nextInt(10) : 2;
        boolean delete = choice < 2;
        Duration ttl = !delete && only == null && random.nextDouble() < swarm.ttlShare
                ? Duration.ofMillis(1 + random.nextInt(random.nextBoolean() ? 10 : 100))
                : null;
        String name = "client " + number + " call " + calls++;
        Operation called = new Operation(
                name,
                delete,
                key,
                ttl == null ? 0 : ttl.toMillis(),
                simulation.scheduler().now(),
                simulation.oracle().ledger().revision());
        operation = called;
        ByteSequence value = value(name);
        answers.onCall(called, value);
        if (delete) {
            calls(new Request.Delete(key));
            await(life, client.delete(key), answer -> answers.delete(called, answer));
        } else if (choice < 6) {
            calls(new Request.Put(key, value, called.ttlMillis));
            await(life, client.put(key, value, ttl), answer -> answers.put(called, answer));
        } else {
            Expectation expected = expectation(key);
            calls(new Request.CompareAndSet(key, expected, value, called.ttlMillis));
            await(life, client.compareAndSet(key, expected, value, ttl), answer -> {
                answers.compareAndSet(called, answer);
                if (answer.current() != null) {
                    lastSeen.put(key, answer.current());
                }
            });
        }
    }

    private Expectation expectation(ByteSequence key) {
        KeyValue seen = lastSeen.get(key);
        if (seen == null || random.nextInt(4) == 0) {
            return Expectation.absent();
        }
        return random.nextBoolean() ? Expectation.value(seen.value()) : Expectation.modRevision(seen.modRevision());
    }

    private ByteSequence value(String name) {
        byte[] text = name.getBytes(US_ASCII);
        return ByteSequence.wrap(Arrays.copyOf(text, Math.max(text.length, random.nextInt(swarm.valueBytes + 1))));
    }

    // ---- reads ----

    private void read(Life life) {
        operation = null;
        calls++;
        EmbeddedClient client = life.client;
        Answers answers = simulation.oracle().answers();
        ReadConsistency consistency = CONSISTENCIES[random.nextInt(CONSISTENCIES.length)];
        if (consistency == ReadConsistency.LEASE && life.engine.holdsReadLease()) {
            simulation.faults().count(Kind.LEASE_READ_AT_LEADER);
        }
        long revision = simulation.oracle().ledger().revision();
        switch (random.nextInt(4)) {
            case 0 -> {
                ByteSequence prefix = ByteSequence.of(random.nextBoolean() ? "a/" : "");
                ScanRequest first = ScanRequest.prefix(prefix).withLimit(1 + random.nextInt(5));
                ScanRequest request = random.nextBoolean() ? first : first.withAfter(key());
                calls(new Request.Scan(request, consistency));
                await(
                        life,
                        client.scan(request, consistency),
                        answer -> answers.scan(request, consistency, revision, answer));
            }
            case 1 -> {
                List<ByteSequence> keys = List.of(key(), key());
                calls(new Request.Get(keys, consistency));
                await(
                        life,
                        client.getAll(keys, consistency),
                        answer -> answers.getAll(keys, consistency, revision, answer));
            }
            default -> {
                ByteSequence key = key();
                calls(new Request.Get(List.of(key), consistency));
                await(life, client.get(key, consistency), answer -> onGet(key, consistency, revision, answer));
            }
        }
    }

    private void onGet(ByteSequence key, ReadConsistency consistency, long calledRevision, GetResult answer) {
        simulation.oracle().answers().get(key, consistency, calledRevision, answer);
        if (answer.entry() != null) {
            lastSeen.put(key, answer.entry());
        }
    }

    // ---- answers ----

    private void calls(Request request) {
        simulation.history().called(number, request);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // what it throws the oracle has noted
    private <T> void await(Life life, CompletableFuture<T> future, Consumer<T> check) {
        long calledNanos = simulation.scheduler().now();
        Operation called = operation;
        future.whenComplete((answer, failure) -> {
            if (waitsFor != life || operation != called) {
                throw simulation.oracle().violation("client " + number + " is answered twice", null);
            }
            waitsFor = null;
            operation = null;
            simulation.trace().add("answer", 0, number, failure == null ? 1 : 0, failure == null ? answer : failure);
            if (failure == null && called == null && simulation.stateRot().excuses(life.node())) {
                simulation.history().failed(number, null);
            } else if (failure == null) {
                simulation.history().answered(number, answer);
                check.accept(answer);
            } else {
                simulation.history().failed(number, failure);
                onFailure(life, called, calledNanos, failure);
            }
            think();
        });
    }

    private void onFailure(Life life, Operation called, long calledNanos, Throwable failure) {
        if (!(failure instanceof CoordinationException)) {
            throw simulation.oracle().violation("a call fails with " + failure, failure);
        }
        Answers answers = simulation.oracle().answers();
        boolean closed = failure instanceof RefusedException refused && refused.reason() == Reason.CLOSED;
        if (closed != life.closing
                && failure instanceof RefusedException refused
                && !refused.reason().retryable()) {
            throw simulation.oracle().violation("a well-formed call is refused: " + failure, failure);
        }
        if (called == null) {
            answers.readRefused(calledNanos, life.node(), failure);
        } else if (failure instanceof RefusedException) {
            answers.refused(called, failure);
        } else {
            answers.indeterminate(called, failure);
        }
    }
}
