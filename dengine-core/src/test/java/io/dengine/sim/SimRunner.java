package io.dengine.sim;

import io.dengine.node.Agent;
import io.dengine.node.AgentRunner;
import io.dengine.sim.Faults.Kind;
import io.dengine.storage.SimDisk;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Gives the agents of one life of a node their turns under virtual time: soon after a wake-up, when something is due, and
 * never while the node is paused. A turn happens at one instant; what takes time comes before it.
 */
final class SimRunner implements AgentRunner {

    private final Simulation simulation;
    private final SimNode node;
    private final Life life;
    private final RandomGenerator random;

    SimRunner(Simulation simulation, SimNode node, Life life, RandomGenerator random) {
        this.simulation = simulation;
        this.node = node;
        this.life = life;
        this.random = random;
    }

    @Override
    public Handle start(Agent agent, FailureHandler onFailure) {
        Turns turns = new Turns(agent, onFailure);
        turns.wake();
        return turns;
    }

    private final class Turns implements Handle {

        private static final long NEVER = Long.MAX_VALUE;

        private final Agent agent;
        private final FailureHandler onFailure;
        private long plannedNanos = NEVER;
        private boolean woken;
        private long plan;
        private boolean stopped;

        Turns(Agent agent, FailureHandler onFailure) {
            this.agent = agent;
            this.onFailure = onFailure;
        }

        @Override
        public void wake() {
            if (!woken) {
                woken = true;
                plan(simulation.scheduler().now() + node.turnDelay(agent.name(), random));
            }
        }

        private void plan(long timeNanos) {
            if (timeNanos < plannedNanos) {
                plannedNanos = timeNanos;
                long number = ++plan;
                simulation.scheduler().at(timeNanos, () -> turn(number));
            }
        }

        private void turn(long number) {
            if (number != plan || stopped || life.ended) {
                return;
            }
            plannedNanos = NEVER;
            if (node.isPaused()) {
                plan(node.pausedUntil());
                return;
            }
            woken = false;
            node.beginTurn(random);
            try {
                boolean worked = agent.doWork();
                if (!life.ended) {
                    simulation.oracle().afterTurn(node, agent);
                    planNext(worked);
                }
            } catch (Violation violation) {
                throw violation;
            } catch (SimDisk.PowerLoss e) {
                simulation.faults().count(Kind.POWER_LOSS_IN_WRITE);
                node.crash();
            } catch (Throwable failure) {
                stopped = true;
                if (!life.ended) {
                    node.onAgentFailure(failure);
                    onFailure.failed(agent, failure);
                }
            } finally {
                node.endTurn();
            }
        }

        private void planNext(boolean worked) {
            if (worked) {
                wake();
                return;
            }
            long dueNanos = agent.nextDueNanos();
            if (dueNanos != NEVER) {
                plan(Math.max(simulation.scheduler().now() + 1000, node.clock().trueTimeOf(dueNanos)));
            }
        }

        @Override
        public boolean stop(Duration timeout) {
            stopped = true;
            return true;
        }
    }
}
