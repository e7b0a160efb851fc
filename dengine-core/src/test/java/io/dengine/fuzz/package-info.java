/** Arbitrary bytes against everything that reads bytes from a disk or a peer; see verification/fuzz. */
@NullMarked
package io.dengine.fuzz;

import org.jspecify.annotations.NullMarked;
