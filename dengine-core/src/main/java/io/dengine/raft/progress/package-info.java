/** A leader's view of its peers. */
@NullMarked
package io.dengine.raft.progress;

import org.jspecify.annotations.NullMarked;
