/** The client of a cluster in other processes: its settings, where the cluster is, and its life. */
@NullMarked
package io.dengine.spring.boot.autoconfigure.client;

import org.jspecify.annotations.NullMarked;
