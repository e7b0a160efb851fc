package io.dengine.benchmarks.store;

import java.util.concurrent.CompletableFuture;

/** A node that can hand leadership over. Thread-safe. */
public interface SteerableStore extends Store {

    /** Hands leadership to the node that lacks least. */
    CompletableFuture<?> transferLeadership();
}
