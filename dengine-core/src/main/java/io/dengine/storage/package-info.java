/** The durable log as the engine sees it. */
@NullMarked
package io.dengine.storage;

import org.jspecify.annotations.NullMarked;
