package io.dengine.sim;

import io.dengine.api.ByteSequence;
import io.dengine.raft.entry.Entry;
import io.dengine.sim.Faults.Kind;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StateMachine;
import io.dengine.statemachine.TableStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * A node's state machine, with the oracle shown all that it applies. Now and then it flushes by itself, so that short
 * runs restart from states of any age too.
 */
final class ObservedStateMachine implements StateMachine {

    private final Simulation simulation;
    private final SimNode node;
    private final Life life;
    private final StateMachine stateMachine;
    private final RandomGenerator random;

    ObservedStateMachine(Simulation simulation, SimNode node, Life life, StateMachine stateMachine) {
        this.simulation = simulation;
        this.node = node;
        this.life = life;
        this.stateMachine = stateMachine;
        this.random = simulation.seeds().of("flush", node.number() * 1000L + node.lives());
    }

    @Override
    public Outcome apply(List<Entry> entries) {
        if (random.nextDouble() < simulation.swarm().spontaneousFlush) {
            life.history.sync();
            flush();
        }
        AppliedState before = stateMachine.applied();
        simulation.oracle().beforeApply(node, before, entries);
        boolean planted = simulation.bug() == PlantedBug.TTL_BY_LOCAL_CLOCK;
        Outcome outcome = stateMachine.apply(planted ? stampedHere(entries, before) : entries);
        simulation.oracle().afterApply(node, before, outcome);
        return outcome;
    }

    private List<Entry> stampedHere(List<Entry> entries, AppliedState before) {
        long stamp = Math.max(
                before.clusterTimeMillis(),
                TimeUnit.NANOSECONDS.toMillis(node.clock().getAsLong()));
        List<Entry> stamped = new ArrayList<>();
        for (Entry entry : entries) {
            stamped.add(new Entry(entry.term(), entry.index(), stamp, entry.kind(), entry.payload()));
        }
        return stamped;
    }

    @Override
    public AppliedState applied() {
        return stateMachine.applied();
    }

    @Override
    public long nextDeadlineMillis() {
        return stateMachine.nextDeadlineMillis();
    }

    @Override
    public TableStore.Row row(ByteSequence key) {
        return stateMachine.row(key);
    }

    @Override
    public TableStore.View view() {
        return stateMachine.view();
    }

    @Override
    public long flush() {
        simulation.faults().count(Kind.FLUSH);
        return stateMachine.flush();
    }

    @Override
    public long durableIndex() {
        return stateMachine.durableIndex();
    }

    @Override
    public long sizeBytes() {
        return stateMachine.sizeBytes();
    }

    @Override
    public void close() {
        stateMachine.close();
    }

    @Override
    public AppliedState checkpoint(Path directory) {
        simulation.faults().count(Kind.SNAPSHOT_TAKEN);
        return stateMachine.checkpoint(directory);
    }

    @Override
    public void replace(TableStore tables) {
        simulation.oracle().beforeReplace(node, tables);
        stateMachine.replace(tables);
    }

    @Override
    public boolean holdsReplaced() {
        return stateMachine.holdsReplaced();
    }
}
