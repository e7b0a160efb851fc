/** Who votes, and what counts as agreement. */
@NullMarked
package io.dengine.raft.membership;

import org.jspecify.annotations.NullMarked;
