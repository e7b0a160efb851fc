/** What the machine did meanwhile, read from /proc and from the disk. */
@NullMarked
package io.dengine.benchmarks.machine;

import org.jspecify.annotations.NullMarked;
