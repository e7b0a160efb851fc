/** The remote client before nodes that do as they are told. */
@NullMarked
package io.dengine.client.grpc;

import org.jspecify.annotations.NullMarked;
