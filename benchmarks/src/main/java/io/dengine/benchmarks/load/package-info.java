/** The load: a closed loop with a fixed number of operations under way, timed where it is issued. */
@NullMarked
package io.dengine.benchmarks.load;

import org.jspecify.annotations.NullMarked;
