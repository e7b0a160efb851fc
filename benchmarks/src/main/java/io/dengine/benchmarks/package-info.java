/** What is measured: systems, scenarios, targets; and the runs, interleaved, medians over rounds. */
@NullMarked
package io.dengine.benchmarks;

import org.jspecify.annotations.NullMarked;
