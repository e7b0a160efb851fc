package io.dengine.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** A target whose use of the heap is held against its limit. */
record MeteredTarget(String name, FuzzTarget target) {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int ATTEMPTS = 3;

    boolean accepts(byte[] input) throws Exception {
        long allocated = 0;
        // What is over the limit once may be classes being loaded; what is always over it is the target's.
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            boolean accepted = target.accepts(input);
            allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            if (allocated <= target.allocationLimit(input.length)) {
                return accepted;
            }
        }
        throw new AssertionError(name + " allocated " + allocated + " bytes for " + input.length + " of input");
    }
}
