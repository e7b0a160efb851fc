/** The driver: the loop, the log writer and the applier around the pure core. */
@NullMarked
package io.dengine.node;

import org.jspecify.annotations.NullMarked;
