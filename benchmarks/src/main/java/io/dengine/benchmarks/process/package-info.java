/** Processes, and the lines by which they are told what to do. */
@NullMarked
package io.dengine.benchmarks.process;

import org.jspecify.annotations.NullMarked;
