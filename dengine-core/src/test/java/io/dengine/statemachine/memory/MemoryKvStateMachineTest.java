package io.dengine.statemachine.memory;

import io.dengine.statemachine.KvStateMachineContract;
import io.dengine.statemachine.TableStore;

class MemoryKvStateMachineTest extends KvStateMachineContract {

    @Override
    protected TableStore openEmpty() {
        return CrashableTableStore.restoredFrom(CrashableTableStore.Image.EMPTY);
    }

    @Override
    protected TableStore crashAndReopen(TableStore store) {
        return CrashableTableStore.restoredFrom(((CrashableTableStore) store).image());
    }

    @Override
    protected int histories() {
        return 300;
    }
}
