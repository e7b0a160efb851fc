/** The engine's node inside the application context: its properties, its life, and what to do when it cannot start. */
@NullMarked
package io.dengine.spring.boot.autoconfigure.node;

import org.jspecify.annotations.NullMarked;
