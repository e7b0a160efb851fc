/** The engine's configuration: one validated record, defaults stated once. */
@NullMarked
package io.dengine.config;

import org.jspecify.annotations.NullMarked;
