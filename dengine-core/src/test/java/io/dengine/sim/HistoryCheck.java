package io.dengine.sim;

import io.dengine.api.ByteSequence;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.DeleteResult;
import io.dengine.api.GetResult;
import io.dengine.api.KeyValue;
import io.dengine.api.MultiGetResult;
import io.dengine.api.PutResult;
import io.dengine.api.RefusedException;
import io.dengine.api.ScanResult;
import io.dengine.check.Breach;
import io.dengine.check.Call;
import io.dengine.check.History;
import io.dengine.check.KeySearch;
import io.dengine.check.Outcome;
import io.dengine.check.Request;
import io.dengine.check.RevisionOrderCheck;
import io.dengine.check.Verdict;
import io.dengine.sim.Faults.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes down what each client calls and is told, and has it judged at the end by those who know nothing of logs, nodes and
 * twins. Where {@link Answers} is the quick judge at the scene, this is the court.
 */
final class HistoryCheck {

    /** One run in so many is searched too, key by key. */
    private static final long SEARCHED_SEEDS = 20;

    /** Less than where a search could cost more than a hundred runs. */
    private static final KeySearch.Limits LIMITS = new KeySearch.Limits(2_000, 12, 20_000);

    private record UnderWay(Request request, long calledNanos) {}

    private final Simulation simulation;
    private final Map<Integer, UnderWay> underWay = new TreeMap<>();
    private final List<Call> calls = new ArrayList<>();

    HistoryCheck(Simulation simulation) {
        this.simulation = simulation;
    }

    void called(int client, Request request) {
        underWay.put(client, new UnderWay(request, simulation.scheduler().now()));
    }

    void answered(int client, Object answer) {
        ended(client, outcome(answer));
    }

    /** A call fails; with null, its node has died. */
    void failed(int client, Throwable failure) {
        ended(client, failure instanceof RefusedException ? Outcome.REFUSED : Outcome.UNKNOWN);
    }

    private void ended(int client, Outcome outcome) {
        UnderWay call = underWay.remove(client);
        long returnedNanos = outcome instanceof Outcome.Unknown
                ? Call.NEVER
                : simulation.scheduler().now();
        calls.add(new Call(client, call.calledNanos(), returnedNanos, call.request(), outcome));
    }

    private static Outcome outcome(Object answer) {
        if (answer instanceof PutResult put) {
            return new Outcome.Written(put.revision());
        }
        if (answer instanceof DeleteResult delete) {
            return delete.deleted() ? new Outcome.Written(delete.revision()) : observed(delete.revision(), null);
        }
        if (answer instanceof CompareAndSetResult cas) {
            return cas.succeeded() ? new Outcome.Written(cas.revision()) : observed(cas.revision(), cas.current());
        }
        if (answer instanceof GetResult get) {
            return observed(get.revision(), get.entry());
        }
        if (answer instanceof MultiGetResult get) {
            return new Outcome.Observed(
                    get.revision(), List.copyOf(get.entries().values()), false);
        }
        ScanResult scan = (ScanResult) answer;
        return new Outcome.Observed(scan.revision(), scan.entries(), scan.more());
    }

    private static Outcome observed(long revision, KeyValue entry) {
        return new Outcome.Observed(revision, entry == null ? List.of() : List.of(entry), false);
    }

    /** Judges the run, once nothing is under way. */
    void check(long seed) {
        History history = new History(calls, simulation.oracle().ledger().changes());
        double fastestClock = simulation.nodes().stream()
                .mapToDouble(node -> node.clock().rate())
                .max()
                .orElse(1);
        for (Breach breach : RevisionOrderCheck.check(history, fastestClock)) {
            throw simulation.oracle().violation("the history is not strictly serializable: " + breach, null);
        }
        simulation.faults().add(Kind.CALL_JUDGED, calls.size());
        if (seed % SEARCHED_SEEDS == 0) {
            KeySearch.check(history, fastestClock, LIMITS).forEach(this::judge);
        }
    }

    private void judge(ByteSequence key, KeySearch.Result result) {
        if (result.verdict() == Verdict.ILLEGAL) {
            throw simulation
                    .oracle()
                    .violation("the calls on " + key + " are not linearizable: " + result.text(), null);
        }
        simulation.faults().count(result.verdict() == Verdict.UNKNOWN ? Kind.KEY_UNDECIDED : Kind.KEY_SEARCHED);
    }
}
