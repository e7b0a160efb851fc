/** Deadlines over cluster time. */
@NullMarked
package io.dengine.lease;

import org.jspecify.annotations.NullMarked;
