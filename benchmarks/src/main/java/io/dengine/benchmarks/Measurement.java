package io.dengine.benchmarks;

import io.dengine.benchmarks.load.LoadResult;
import io.dengine.benchmarks.machine.DiskBaseline;
import io.dengine.benchmarks.machine.MachineUse;
import io.dengine.benchmarks.machine.ProcessUse;
import io.dengine.benchmarks.process.ControlledProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** One run: a new cluster, one scenario, and what the machine did meanwhile. Used by one thread. */
final class Measurement {

    private static final Duration FILL_PATIENCE = Duration.ofHours(2);
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** The leader dies, or hands over, so long after the timed part began; that lasts so long altogether. */
    private static final double BLOW_SECONDS = 0.5;

    private static final double TRIAL_SECONDS = 6;

    /** Between two trials under load: a node that was killed catches up, or the next kill would cost the quorum. */
    private static final double CALM_SECONDS = 3;

    private final Scenario scenario;
    private final SystemKind kind;
    private final SystemSpec spec;
    private final int trials;
    private final Path directory;
    private final Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    private double failures; // of all trials

    /**
     * Prepares a run.
     *
     * @param trials how often the leader is killed or hands over
     * @param directory an empty one, for the nodes
     */
    Measurement(Scenario scenario, SystemKind kind, SystemSpec spec, int trials, Path directory) {
        this.scenario = scenario;
        this.kind = kind;
        this.spec = spec;
        this.trials = trials;
        this.directory = directory;
    }

    Result run() throws IOException, InterruptedException {
        Files.createDirectories(directory);
        DiskBaseline disk = DiskBaseline.measure(directory);
        figures.put(Figure.FSYNC_P50, disk.p50Nanos() / 1e3);
        figures.put(Figure.FSYNC_P99, disk.p99Nanos() / 1e3);
        figures.put(Figure.LOAD_AVERAGE, MachineUse.loadAverage());
        // Where processes come and go, what others use meanwhile cannot be told; so it is what they use before.
        Span before = Span.begin(List.of());
        pause(1);
        before.end(figures);
        try (Cluster cluster = Cluster.start(kind, spec, directory, scenario.logBytes())) {
            ControlledProcess driver = cluster.driver();
            driver.tell("version");
            String version = driver.answer("version", PATIENCE);
            switch (scenario.kind()) {
                case LOAD -> load(cluster, driver);
                case FAILOVER, TRANSFER -> interruptions(cluster, driver);
                case RESTART -> restart(cluster, driver);
                case IDLE -> idle(cluster);
                default -> throw new IllegalStateException("unreachable");
            }
            return new Result(scenario.name(), spec.toString(), Result.labels(kind, spec, version, scenario), figures);
        }
    }

    private void load(Cluster cluster, ControlledProcess driver) throws IOException, InterruptedException {
        driver.tell("run " + scenario.load().toLine());
        driver.answer("begin", FILL_PATIENCE);
        Span span = Span.begin(cluster.pids());
        driver.answer("end", timed());
        ProcessUse used = span.end(figures);
        LoadResult load =
                LoadResult.parse(List.of(driver.answer("result", PATIENCE).split(" ", -1)));

        figures.put(Figure.OPERATIONS, load.perSecond());
        figures.put(Figure.P50, load.p50() / 1e3);
        figures.put(Figure.P99, load.p99() / 1e3);
        figures.put(Figure.P999, load.p999() / 1e3);
        figures.put(Figure.FAILURES, (double) load.failures());
        double operations = Math.max(1, load.operations());
        figures.put(Figure.CPU, used.cpuNanos() / 1e3 / operations);
        figures.put(Figure.CPU_WITHOUT_JIT, (used.cpuNanos() - used.jitNanos()) / 1e3 / operations);
        figures.put(Figure.MEMORY, used.residentBytes() / 1048576.0);
        if (kind.jvm()) {
            figures.put(Figure.ALLOCATED, load.allocated() / operations);
            figures.put(Figure.FULL_COLLECTIONS, (double) load.fullCollections());
        }
        if (scenario.load().watchers() > 0) {
            figures.put(Figure.DELIVERY_P50, load.deliveryP50() / 1e3);
            figures.put(Figure.DELIVERY_P99, load.deliveryP99() / 1e3);
        }
    }

    private Duration timed() {
        return PATIENCE.plusSeconds((long) scenario.load().seconds());
    }

    private void interruptions(Cluster cluster, ControlledProcess driver) throws IOException, InterruptedException {
        if (!cluster.hasClient() || !kind.talks()) {
            throw new IllegalArgumentException(
                    scenario.name() + " takes a system with a client in another process, whose nodes say who leads");
        }
        // The first load compiles what the others run.
        gap(cluster, driver, scenario.load().warmUpSeconds(), false);
        Span span = Span.begin(cluster.pids());
        failures = 0;
        double[] gaps = new double[trials];
        for (int i = 0; i < trials; i++) {
            gaps[i] = gap(cluster, driver, CALM_SECONDS, true);
        }
        span.endOfMachine(figures);
        Arrays.sort(gaps);
        figures.put(Figure.FAILURES, failures);
        figures.put(Figure.GAP_P50, gaps[trials / 2]);
        figures.put(Figure.GAP_LONGEST, gaps[trials - 1]);
    }

    /** Returns the longest time without an answer while the leader is dealt the blow, ms. */
    private double gap(Cluster cluster, ControlledProcess driver, double warmUp, boolean blow)
            throws IOException, InterruptedException {
        ControlledProcess leader = cluster.leader();
        driver.tell("run " + scenario.load().lasting(warmUp, TRIAL_SECONDS).toLine());
        driver.answer("begin", FILL_PATIENCE);
        pause(BLOW_SECONDS);
        if (blow && scenario.kind() == Scenario.Kind.FAILOVER) {
            leader.kill();
        } else if (blow) {
            leader.tell("transfer");
            leader.answer("done", PATIENCE);
        }
        driver.answer("end", PATIENCE);
        LoadResult load =
                LoadResult.parse(List.of(driver.answer("result", PATIENCE).split(" ", -1)));
        failures += load.failures();
        if (!leader.isAlive()) {
            leader.close();
            cluster.restart(leader);
            cluster.awaitAll();
        }
        return load.longestGap() / 1e6;
    }

    private void restart(Cluster cluster, ControlledProcess driver) throws IOException, InterruptedException {
        if (cluster.hasClient() || spec.oneProcess()) {
            throw new IllegalArgumentException(scenario.name() + " takes a system of three nodes without a client");
        }
        driver.tell("run " + scenario.load().toLine());
        driver.answer("begin", FILL_PATIENCE);
        Span span = Span.begin(cluster.pids());
        driver.answer("end", PATIENCE);
        driver.answer("result", PATIENCE);
        // All three: a node alone could not serve, and the one that leads afterwards has read its whole log.
        for (ControlledProcess node : cluster.nodes()) {
            node.kill();
            node.close();
        }
        long begin = System.nanoTime();
        for (ControlledProcess node : cluster.nodes()) {
            cluster.restart(node);
        }
        cluster.leader();
        figures.put(Figure.START, (System.nanoTime() - begin) / 1e9);
        span.endOfMachine(figures);
    }

    private void idle(Cluster cluster) throws IOException, InterruptedException {
        pause(scenario.load().warmUpSeconds());
        Span span = Span.begin(cluster.pids());
        long begin = System.nanoTime();
        pause(scenario.load().seconds());
        long nanos = System.nanoTime() - begin;
        ProcessUse used = span.end(figures);
        figures.put(Figure.IDLE_CPU, 100.0 * used.cpuNanos() / nanos / 3);
        figures.put(Figure.MEMORY, used.residentBytes() / 1048576.0);
    }

    private static void pause(double seconds) {
        long until = System.nanoTime() + (long) (seconds * 1e9);
        for (long left; (left = until - System.nanoTime()) > 0; ) {
            LockSupport.parkNanos(left);
        }
    }

    /**
     * A while, and what was used before it.
     *
     * @param pids the processes of the system
     */
    private record Span(List<Long> pids, ProcessUse used, MachineUse machine) {

        private static final double TICK_NANOS = 1e7;

        static Span begin(List<Long> pids) throws IOException {
            return new Span(pids, ProcessUse.of(pids), MachineUse.now());
        }

        /** Returns what the processes used since the begin, and the memory that they hold now. */
        ProcessUse end(Map<Figure, Double> figures) throws IOException {
            ProcessUse now = ProcessUse.of(pids);
            ProcessUse since = new ProcessUse(
                    now.cpuNanos() - used.cpuNanos(), now.jitNanos() - used.jitNanos(), now.residentBytes());
            MachineUse then = endOfMachine(figures);
            double others = then.busy() - since.cpuNanos() / TICK_NANOS;
            figures.put(Figure.OTHERS, Math.max(0, 100 * others / Math.max(1, then.all())));
            return since;
        }

        /** Also where processes came and went meanwhile. */
        MachineUse endOfMachine(Map<Figure, Double> figures) throws IOException {
            MachineUse now = MachineUse.now();
            MachineUse since = new MachineUse(
                    now.busy() - machine.busy(), now.steal() - machine.steal(), now.all() - machine.all());
            figures.put(Figure.STEAL, 100.0 * since.steal() / Math.max(1, since.all()));
            return since;
        }
    }
}
