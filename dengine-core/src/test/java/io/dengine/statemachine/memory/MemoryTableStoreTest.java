package io.dengine.statemachine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dengine.api.ByteSequence;
import io.dengine.statemachine.AppliedState;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableChange;
import io.dengine.statemachine.TableStore;
import io.dengine.statemachine.TableStoreContract;
import io.dengine.statemachine.TableTwin;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryTableStoreTest extends TableStoreContract {

    @Override
    protected TableStore openEmpty() {
        return new MemoryTableStore();
    }

    @Test
    void sizeComesBackToZeroWithTheLastKey() {
        ByteSequence key = ByteSequence.of("key");
        StoredValue value = new StoredValue(ByteSequence.of("value"), 2, 2, 1, 0);

        store.apply(Map.of(key, new TableChange(value, 0)), new AppliedState(1, 1, 2, 0));
        assertThat(store.sizeBytes()).isGreaterThan(8);
        store.apply(Map.of(key, new TableChange(null, 0)), new AppliedState(2, 1, 3, 0));
        assertThat(store.sizeBytes()).isZero();
    }

    @Test
    void wrongDeadlineBeforeIsABrokenInvariant() {
        assertThatThrownBy(() -> store.apply(
                        Map.of(ByteSequence.of("key"), new TableChange(null, 5)), new AppliedState(1, 1, 2, 0)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(store.applied()).isEqualTo(AppliedState.EMPTY);
    }

    @Test
    void crashGoesBackToTheLastFlush() {
        CrashableTableStore first = CrashableTableStore.restoredFrom(CrashableTableStore.Image.EMPTY);
        TableTwin written = new TableTwin(6, 50, 10);
        TableTwin flushed = new TableTwin(6, 50, 10);
        for (int i = 0; i < 20; i++) {
            written.next(first);
            flushed.next(null);
        }
        assertThat(first.flush()).isEqualTo(20);
        for (int i = 0; i < 5; i++) {
            written.next(first);
        }

        CrashableTableStore second = CrashableTableStore.restoredFrom(first.image());

        flushed.assertSameAs(second);
        assertThat(second.durableIndex()).isEqualTo(20);
    }
}
