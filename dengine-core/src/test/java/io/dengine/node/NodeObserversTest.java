package io.dengine.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.node.LeaderListener.LeaderChange;
import io.dengine.raft.Notice;
import io.dengine.raft.RoleKind;
import io.dengine.raft.membership.Membership;
import io.dengine.raft.membership.NodeId;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeObserversTest {

    private static final NodeId SELF = NodeId.of(1);
    private static final NodeId PEER = NodeId.of(2);
    private static final Membership MEMBERSHIP = Membership.ofVoters(Set.of(SELF));

    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final NodeObservers observers = new NodeObservers(SELF, threads);

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    private void follow(long term, NodeId leader) {
        observers.onRole(new Notice.RoleChanged(term, RoleKind.FOLLOWER, leader, "test"));
    }

    /** Callbacks run in order: when the last has run, all have. */
    private void awaitCallbacks() throws InterruptedException {
        CountDownLatch last = new CountDownLatch(1);
        observers.tell((index, membership) -> last.countDown(), 0, MEMBERSHIP);
        assertThat(last.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void theNodeItselfIsNamedOnlyOnceItHasAppliedWhatWasAcknowledgedBefore() throws Exception {
        List<LeaderChange> heard = new CopyOnWriteArrayList<>();
        observers.add(heard::add);
        observers.onRole(new Notice.RoleChanged(3, RoleKind.LEADER, SELF, "test"));
        observers.onEstablished(new Notice.LeaderEstablished(3, 10), 8);
        observers.onApplied(9);
        assertThat(observers.current().leader()).isNull();
        observers.onApplied(10);
        observers.onApplied(11);
        awaitCallbacks();

        assertThat(heard).containsExactly(new LeaderChange(0, null, false), new LeaderChange(3, SELF, true));
    }

    @Test
    void aLeadershipThatEndsBeforeItIsReadyIsNeverTold() throws Exception {
        List<LeaderChange> heard = new CopyOnWriteArrayList<>();
        observers.add(heard::add);
        observers.onEstablished(new Notice.LeaderEstablished(3, 10), 8);
        follow(4, PEER);
        observers.onApplied(10);
        awaitCallbacks();

        assertThat(heard).containsExactly(new LeaderChange(0, null, false), new LeaderChange(4, PEER, false));
    }

    @Test
    void whatIsKnownAlreadyIsNotToldAgain() throws Exception {
        List<LeaderChange> heard = new CopyOnWriteArrayList<>();
        observers.add(heard::add);
        follow(4, PEER);
        follow(4, PEER);
        observers.onBroken();
        observers.onBroken();
        awaitCallbacks();

        assertThat(heard)
                .containsExactly(
                        new LeaderChange(0, null, false),
                        new LeaderChange(4, PEER, false),
                        new LeaderChange(4, null, false));
    }

    @Test
    void aListenerThatComesMeanwhileHearsEveryLaterTermOnceAndInOrder() throws Exception {
        AtomicLong heardTerm = new AtomicLong();
        observers.add(change -> heardTerm.set(change.term()));
        AtomicBoolean done = new AtomicBoolean();
        Thread loop = new Thread(() -> {
            for (long term = 1; !done.get(); term++) {
                follow(term, PEER);
                while (term - heardTerm.get() > 5 && !done.get()) {
                    Thread.onSpinWait();
                }
            }
        });
        loop.start();
        try {
            for (int i = 0; i < 2000; i++) {
                BlockingQueue<Long> heard = new LinkedBlockingQueue<>();
                try (AutoCloseable registration = observers.add(change -> heard.add(change.term()))) {
                    assertThat(registration).isNotNull();
                    long first = heard.poll(10, TimeUnit.SECONDS);
                    for (long expected = first + 1; expected < first + 4; expected++) {
                        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo(expected);
                    }
                }
            }
        } finally {
            done.set(true);
            loop.join();
        }
    }

    @Test
    void aListenerThatThrowsOrIsRemovedDisturbsNobody() throws Exception {
        List<Long> removed = new CopyOnWriteArrayList<>();
        List<Long> heard = new CopyOnWriteArrayList<>();
        observers.add(change -> {
            throw new IllegalStateException("a listener's own failure");
        });
        observers.tell(
                (index, membership) -> {
                    throw new IllegalStateException("another listener's own failure");
                },
                0,
                MEMBERSHIP);
        AutoCloseable registration = observers.add(change -> removed.add(change.term()));
        observers.add(change -> heard.add(change.term()));
        registration.close();
        follow(4, PEER);
        awaitCallbacks();

        assertThat(removed).doesNotContain(4L);
        assertThat(heard).containsExactly(0L, 4L);
    }
}
