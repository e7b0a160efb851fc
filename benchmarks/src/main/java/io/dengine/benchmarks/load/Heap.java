package io.dengine.benchmarks.load;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * What this process has allocated and collected so far.
 *
 * @param allocated bytes, by the threads that live
 * @param fullCollections the collections of the old generation
 */
record Heap(long allocated, long fullCollections) {

    static Heap now() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            allocated += Math.max(0, bytes);
        }
        long full = ManagementFactory.getGarbageCollectorMXBeans().stream()
                .filter(collector -> collector.getName().contains("Old")
                        || collector.getName().contains("MarkSweep")
                        || collector.getName().contains("Major"))
                .mapToLong(collector -> Math.max(0, collector.getCollectionCount()))
                .sum();
        return new Heap(allocated, full);
    }
}
