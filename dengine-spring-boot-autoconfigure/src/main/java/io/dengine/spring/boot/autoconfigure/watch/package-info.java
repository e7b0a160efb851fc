/** Finding and running {@code @WatchKey} methods. */
@NullMarked
package io.dengine.spring.boot.autoconfigure.watch;

import org.jspecify.annotations.NullMarked;
