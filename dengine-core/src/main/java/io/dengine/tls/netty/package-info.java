/** TLS contexts for Netty and gRPC that follow a {@link io.dengine.tls.TlsSource}. */
@NullMarked
package io.dengine.tls.netty;

import org.jspecify.annotations.NullMarked;
