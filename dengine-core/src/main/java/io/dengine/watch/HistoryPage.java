package io.dengine.watch;

import java.util.List;

/**
 * A stretch of history as one watch sees it.
 *
 * @param deliveries the matching revisions, ascending
 * @param through the last revision looked at: everything from the revision asked for up to here is in {@code
 *     deliveries} or does not match
 */
record HistoryPage(List<Delivery> deliveries, long through) {}
