/** Peers over length-prefixed frames on TCP. */
@NullMarked
package io.dengine.transport.netty;

import org.jspecify.annotations.NullMarked;
