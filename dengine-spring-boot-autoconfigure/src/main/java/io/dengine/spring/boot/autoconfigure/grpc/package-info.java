/** The API on the application's own gRPC server, where it is asked for. */
@NullMarked
package io.dengine.spring.boot.autoconfigure.grpc;

import org.jspecify.annotations.NullMarked;
