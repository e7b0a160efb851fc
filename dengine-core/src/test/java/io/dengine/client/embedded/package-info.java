/** The client of a node in the same process. */
@NullMarked
package io.dengine.client.embedded;

import org.jspecify.annotations.NullMarked;
