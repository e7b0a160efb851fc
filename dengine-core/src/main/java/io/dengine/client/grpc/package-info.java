/**
 * The client of a cluster elsewhere, over the protocol {@code dengine.v1}.
 *
 * <p>One thread, the {@link io.dengine.client.grpc.ClientLoop loop}, owns all that changes: which nodes there are, the one
 * connection to each in use, the calls that are not answered, the watches. Calls come to it through an inbox and leave it
 * on callback threads.
 */
@NullMarked
package io.dengine.client.grpc;

import org.jspecify.annotations.NullMarked;
