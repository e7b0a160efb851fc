/** The Raft algorithm as a function of state and input. All effects leave in one {@link io.dengine.raft.Ready}. */
@NullMarked
package io.dengine.raft;

import org.jspecify.annotations.NullMarked;
