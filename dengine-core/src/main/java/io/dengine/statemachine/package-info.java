/** Deterministic application of committed commands to tables. */
@NullMarked
package io.dengine.statemachine;

import org.jspecify.annotations.NullMarked;
