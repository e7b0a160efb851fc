/** One interface for all systems, so that each is driven in the same way. */
@NullMarked
package io.dengine.benchmarks.store;

import org.jspecify.annotations.NullMarked;
