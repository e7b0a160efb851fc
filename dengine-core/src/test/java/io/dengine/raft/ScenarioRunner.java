package io.dengine.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.raft.RaftNetwork.Link;
import io.dengine.raft.entry.Entry;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.entry.HardState;
import io.dengine.raft.membership.Member;
import io.dengine.raft.membership.MembershipChange;
import io.dengine.raft.membership.NodeId;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Plays a scenario text: one command a line, {@code #} starts a comment. The first command says which nodes there are:
 * {@code nodes 3}, or {@code logs 1,1,2 1,1@2:3 -} with each node's entries and saved term.
 */
final class ScenarioRunner {

    private final Set<SafetyRule> rules;
    private @Nullable RaftNetwork network;

    ScenarioRunner(Set<SafetyRule> rules) {
        this.rules = rules;
    }

    void play(List<String> lines) {
        for (int i = 0; i < lines.size(); i++) {
            String command = lines.get(i).replaceAll("#.*", "").strip();
            if (!command.isEmpty()) {
                try {
                    play(command.split("\\s+"));
                    if (network != null) {
                        network.check();
                    }
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError("line " + (i + 1) + ", \"" + command + "\": " + e.getMessage(), e);
                }
            }
        }
    }

    private void play(String[] words) {
        switch (words[0]) {
            case "nodes" -> network = newNetwork(words);
            case "logs" ->
                network = new RaftNetwork(
                        Arrays.stream(words).skip(1).map(ScenarioRunner::start).toList(), rules);
            case "forget-leader" -> net().forgetLeader();
            case "elect" -> net().elect(number(words[1]));
            case "campaign" -> host(words[1]).campaign();
            case "run" -> net().run(millis(words[1]));
            case "tick" -> host(words[1]).advance(millis(words[2]));
            case "stabilize" -> net().stabilize();
            case "deliver" -> net().deliver(links(words));
            case "lose" -> net().lose(links(words));
            case "duplicate" -> net().duplicate(links(words));
            case "reverse" -> net().reverse(links(words));
            case "cut" -> Arrays.stream(words).skip(1).forEach(link -> net().cut(link(link)));
            case "isolate" -> net().isolate(number(words[1]));
            case "heal" -> net().heal();
            case "crash" -> net().crash(number(words[1]));
            case "restart" -> host(words[1]).restart();
            case "hold-apply" -> host(words[1]).holdApply();
            case "release-apply" -> host(words[1]).releaseApply();
            case "hold-disk" -> host(words[1]).holdDisk();
            case "release-disk" -> host(words[1]).releaseDisk();
            case "sync-one" -> host(words[1]).syncOne();
            case "pause-campaigns" -> host(words[1]).raft().pauseCampaigns(true);
            case "resume-campaigns" -> host(words[1]).raft().pauseCampaigns(false);
            case "pause-applying" -> host(words[1]).raft().pauseApplying(true);
            case "resume-applying" -> host(words[1]).resumeApplying();
            case "propose" -> propose(words);
            case "read" -> accept(words, 3, host(words[1]).read(number(words[2])));
            case "transfer" -> accept(words, 3, host(words[1]).transfer(successor(words[2])));
            case "change" -> change(words);
            case "compact" -> host(words[1]).compact();
            case "restore" -> accept(words, 3, host(words[1]).restoreFrom(host(words[2])));
            case "forget-membership" -> accept(words, 2, host(words[1]).raft().forgetMembership());
            case "expect" -> expect(words);
            default -> throw new IllegalArgumentException("unknown command " + words[0]);
        }
    }

    /** {@code nodes 3}, or {@code nodes 3 of 5} where two are outside the cluster at first. */
    private RaftNetwork newNetwork(String[] words) {
        return words.length > 2
                ? new RaftNetwork(number(words[1]), number(words[3]), rules)
                : new RaftNetwork(Collections.nCopies(number(words[1]), start("-")), rules);
    }

    /**
     * {@code change <leader> add|add-read-only|promote|demote|remove <node>} or {@code change <leader> replace <node> by <node>},
     * followed by what must become of it if it is not started: {@code unchanged}, or the reason of the refusal.
     */
    private void change(String[] words) {
        NodeId node = NodeId.of(number(words[3]));
        int used = words[2].equals("replace") ? 6 : 4;
        MembershipChange change = switch (words[2]) {
            case "add" -> new MembershipChange.AddLearner(Member.unknown(node));
            case "add-read-only" ->
                new MembershipChange.AddLearner(Member.unknown(node).withReadOnly(true));
            case "promote" -> new MembershipChange.Promote(node);
            case "demote" -> new MembershipChange.Demote(node);
            case "remove" -> new MembershipChange.Remove(node);
            case "replace" -> new MembershipChange.Replace(node, Member.unknown(NodeId.of(number(words[5]))));
            default -> throw new IllegalArgumentException("unknown change " + words[2]);
        };
        ChangeOutcome outcome = host(words[1]).change(change);
        String became = outcome instanceof ChangeOutcome.Refused refused
                ? refused.reason().name().toLowerCase(Locale.ROOT).replace('_', '-')
                : outcome.getClass().getSimpleName().toLowerCase(Locale.ROOT);
        assertThat(became).as("%s", outcome).isEqualTo(words.length > used ? words[used] : "started");
    }

    /** What a node was asked for must be taken up, or not if the word {@code refused} follows. */
    private static void accept(String[] words, int used, boolean accepted) {
        assertThat(accepted ? "accepted" : "refused").isEqualTo(words.length > used ? words[used] : "accepted");
    }

    private static @Nullable NodeId successor(String text) {
        return text.equals("best") ? null : NodeId.of(number(text));
    }

    private void propose(String[] words) {
        for (String text : Arrays.asList(words).subList(2, words.length)) {
            assertThat(host(words[1]).propose(text)).as("proposal " + text).isNotNull();
        }
    }

    /** {@code expect <what> <node> <value...>} */
    private void expect(String[] words) {
        RaftHost host = host(words[2]);
        String value = String.join(" ", Arrays.asList(words).subList(3, words.length));
        switch (words[1]) {
            case "role" ->
                assertThat(host.raft().role())
                        .isEqualTo(
                                RoleKind.valueOf(value.toUpperCase(Locale.ROOT).replace('-', '_')));
            case "leader" -> assertThat(String.valueOf(host.raft().leader())).isEqualTo(value.replace("none", "null"));
            case "term" -> assertThat(host.raft().term()).isEqualTo(number(value));
            case "commit" -> assertThat(host.raft().commitIndex()).isEqualTo(number(value));
            case "durable" -> assertThat(host.raft().durable()).hasToString(value);
            case "log" -> assertThat(durableTerms(host)).isEqualTo(value);
            case "applied" -> assertThat(String.join(" ", host.applied)).isEqualTo(value);
            case "reads" -> assertThat(reads(host)).isEqualTo(value);
            case "failed-reads" -> assertThat(host.failedReads.toString()).isEqualTo("[" + value + "]");
            case "lease" ->
                assertThat(host.raft().leaseUntilNanos() > host.nowNanos()).isEqualTo(value.equals("yes"));
            case "refuses" -> assertThat(host.propose(value)).isNull();
            case "members" -> assertThat(host.raft().membership()).hasToString(value);
            case "committed-members" ->
                assertThat(host.raft().committedMembership()).hasToString(value);
            case "match" -> assertThat(host.raft().heldByAllIndex()).isEqualTo(number(value));
            case "feeds" -> assertThat(feeding(host)).contains(value);
            case "saved" -> assertThat(saved(host)).isEqualTo(value);
            case "base" -> assertThat(host.disk.base()).hasToString(value);
            default -> throw new IllegalArgumentException("unknown expectation " + words[1]);
        }
    }

    /** How a leader feeds each peer, as {@code 2 probe}. */
    private static List<String> feeding(RaftHost host) {
        return host.raft().peers().stream()
                .map(peer -> peer.peer() + " " + peer.state().name().toLowerCase(Locale.ROOT))
                .toList();
    }

    /** The term and the vote on the disk, as {@code 3:2}, or {@code 3} without a vote. */
    private static String saved(RaftHost host) {
        HardState saved = host.saved();
        return saved.term() + (saved.votedFor() == null ? "" : ":" + saved.votedFor());
    }

    private static String durableTerms(RaftHost host) {
        StringJoiner terms = new StringJoiner(",");
        EntryId last = host.disk.last();
        for (long index = host.disk.base().index() + 1; index <= last.index(); index++) {
            terms.add(Long.toString(host.disk.termAt(index)));
        }
        return terms.toString();
    }

    /** Every confirmed read as {@code id@index}. */
    private static String reads(RaftHost host) {
        StringJoiner reads = new StringJoiner(" ");
        host.reads.forEach(read -> reads.add(read.readId() + "@" + read.index()));
        return reads.toString();
    }

    /** Reads {@code 1,1,2@3:5}: entries of terms 1, 1, 2; saved term 3, voted for 5. Without {@code @} the last entry's term. */
    private static RaftNetwork.Start start(String text) {
        String[] parts = text.split("[@:]", -1);
        List<Entry> log = parts[0].equals("-")
                ? List.of()
                : RaftHost.log(Arrays.stream(parts[0].split(","))
                        .mapToInt(Integer::parseInt)
                        .toArray());
        long lastTerm = log.isEmpty() ? 0 : log.get(log.size() - 1).term();
        long term = parts.length > 1 ? number(parts[1]) : lastTerm;
        return new RaftNetwork.Start(new HardState(term, parts.length > 2 ? NodeId.of(number(parts[2])) : null), log);
    }

    private static Predicate<Link> links(String[] words) {
        List<Link> links =
                Arrays.stream(words).skip(1).map(ScenarioRunner::link).toList();
        return links.isEmpty() ? link -> true : links::contains;
    }

    private static Link link(String text) {
        String[] ends = text.split("->", 2);
        return new Link(number(ends[0]), number(ends[1]));
    }

    private static int number(String text) {
        return Integer.parseInt(text);
    }

    private static long millis(String text) {
        return Long.parseLong(text.replace("ms", ""));
    }

    private RaftHost host(String id) {
        return net().host(number(id));
    }

    private RaftNetwork net() {
        return Objects.requireNonNull(network, "the first command says which nodes there are");
    }
}
