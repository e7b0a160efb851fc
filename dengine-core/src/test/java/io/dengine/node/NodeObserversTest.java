package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.node.LeaderListener.LeaderChange;
import io.dengine.raft.Notice;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NodeObserversTest {

    private static final NodeId SELF = NodeId.of(1);
    private static final NodeId OTHER = NodeId.of(2);

    private final NodeObservers observers =
            new NodeObservers(SELF, 0, Membership.ofVoters(Set.of(SELF)), Runnable::run);
    private final List<LeaderChange> told = new ArrayList<>();

    private void role(long term, RoleKind role, @Nullable NodeId leader) {
        observers.onRole(new Notice.RoleChanged(term, role, leader, "test"));
    }

    @Test
    void aNodeIsCalledLeaderOnlyWhenItHasAppliedTheFirstEntryOfItsTerm() {
        observers.add(told::add);
        role(3, RoleKind.LEADER, SELF);
        observers.onApplied(9);
        observers.onEstablished(new Notice.LeaderEstablished(3, 10), 9);
        assertThat(told).containsExactly(new LeaderChange(0, null, false));
        observers.onApplied(10);
        observers.onApplied(11);
        assertThat(told).containsExactly(new LeaderChange(0, null, false), new LeaderChange(3, SELF, true));
    }

    @Test
    void aNodeThatIsDeposedBeforeItHasAppliedIsNeverCalledLeader() {
        observers.add(told::add);
        role(3, RoleKind.LEADER, SELF);
        observers.onEstablished(new Notice.LeaderEstablished(3, 10), 9);
        role(4, RoleKind.FOLLOWER, OTHER);
        observers.onApplied(10);
        assertThat(told).containsExactly(new LeaderChange(0, null, false), new LeaderChange(4, OTHER, false));
    }

    @Test
    void theSameLeaderInANewTermIsAChangeAndAnotherTermWithoutLeaderIsNone() {
        observers.add(told::add);
        role(1, RoleKind.FOLLOWER, OTHER);
        role(2, RoleKind.FOLLOWER, OTHER);
        role(2, RoleKind.PRE_CANDIDATE, null);
        role(3, RoleKind.CANDIDATE, null);
        assertThat(told)
                .containsExactly(
                        new LeaderChange(0, null, false),
                        new LeaderChange(1, OTHER, false),
                        new LeaderChange(2, OTHER, false),
                        new LeaderChange(2, null, false));
    }

    @Test
    void aRemovedListenerIsToldNothingMore() throws Exception {
        observers.add(told::add).close();
        role(1, RoleKind.FOLLOWER, OTHER);
        assertThat(told).hasSize(1);
    }

    @Test
    void listenersAddedDuringAChangeSeeEachChangeOnceAndInOrder() throws Exception {
        ExecutorService callbacks = Executors.newSingleThreadExecutor();
        NodeObservers observed = new NodeObservers(SELF, 0, Membership.ofVoters(Set.of(SELF)), callbacks);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<@Nullable String> disorder = new AtomicReference<>();
        Thread changes = new Thread(() -> {
            for (long term = 1; !stop.get(); term++) {
                observed.onRole(new Notice.RoleChanged(term, RoleKind.FOLLOWER, OTHER, "test"));
            }
        });
        changes.start();
        try {
            for (int i = 0; i < 100_000; i++) {
                // Tells come one at a time, each after the one before.
                long[] last = {-1};
                observed.add(change -> {
                            if (change.term() <= last[0]) {
                                disorder.set(change.term() + " after " + last[0]);
                            }
                            last[0] = change.term();
                        })
                        .close();
            }
        } finally {
            stop.set(true);
            changes.join();
            callbacks.shutdown();
            assertThat(callbacks.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(disorder.get()).isNull();
    }

    @Test
    void theMembersOfAnEarlierLifeAreAsOfWhatWasApplied() {
        NodeObservers restarted = new NodeObservers(SELF, 40, Membership.ofVoters(Set.of(SELF)), Runnable::run);
        List<Long> heard = new ArrayList<>();
        restarted.addMembership((index, membership) -> heard.add(index));
        assertThat(heard).containsExactly(40L);
    }
}
