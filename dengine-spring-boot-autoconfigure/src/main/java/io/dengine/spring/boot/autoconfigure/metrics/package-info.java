/** The node's meters, all named {@code dengine.*}. */
@NullMarked
package io.dengine.spring.boot.autoconfigure.metrics;

import org.jspecify.annotations.NullMarked;
