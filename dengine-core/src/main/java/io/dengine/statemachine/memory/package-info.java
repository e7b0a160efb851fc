/** Tables in memory, with a file each that they come back from. */
@NullMarked
package io.dengine.statemachine.memory;

import org.jspecify.annotations.NullMarked;
