/**
 * The API port: the store and the cluster over gRPC, in dengine's own protocol and in that of d-engine's clients. Services
 * translate; what they serve is behind {@code api} and {@code cluster}.
 */
@NullMarked
package io.dengine.server;

import org.jspecify.annotations.NullMarked;
