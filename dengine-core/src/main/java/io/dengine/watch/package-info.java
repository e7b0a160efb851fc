/**
 * Events after apply: history, matching, bounded delivery.
 *
 * <p>{@link io.dengine.watch.WatchHub} takes what a batch changed, writes it to the {@link
 * io.dengine.watch.EventHistory}, and offers it to the subscriptions the registry finds. A subscription delivers on
 * the callback executor; one that falls behind reads on from the history.
 */
@NullMarked
package io.dengine.watch;

import org.jspecify.annotations.NullMarked;
