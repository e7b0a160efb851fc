/** Tables in memory. */
@NullMarked
package io.dengine.statemachine.memory;

import org.jspecify.annotations.NullMarked;
