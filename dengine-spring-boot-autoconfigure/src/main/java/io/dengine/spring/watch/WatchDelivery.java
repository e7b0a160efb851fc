package io.dengine.spring.watch;

import io.dengine.api.WatchEvent;

/**
 * One event on its way to the method.
 *
 * @param origin how it was found
 * @param event the change
 */
record WatchDelivery(WatchKeyEvent.Origin origin, WatchEvent event) {}
