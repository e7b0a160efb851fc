/** Events after apply: history, matching, bounded delivery. */
@NullMarked
package io.dengine.watch;

import org.jspecify.annotations.NullMarked;
