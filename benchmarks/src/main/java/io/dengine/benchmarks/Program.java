package io.dengine.benchmarks;

import io.dengine.benchmarks.store.NodeSettings;
import java.util.List;

/** Something that can be started. */
interface Program {

    /**
     * Returns the words that start it.
     *
     * @param one whether this process is to hold all nodes
     */
    List<String> command(NodeSettings settings, boolean one);

    /** Returns what is not there and how to get it; empty if nothing is missing. */
    List<String> missing();
}
