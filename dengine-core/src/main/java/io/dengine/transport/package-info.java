/** How peers exchange messages, as the engine sees it. */
@NullMarked
package io.dengine.transport;

import org.jspecify.annotations.NullMarked;
