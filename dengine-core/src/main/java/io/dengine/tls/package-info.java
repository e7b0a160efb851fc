/** Where keys, certificates and trust come from, how they change while a node runs, and what a failed handshake means. */
@NullMarked
package io.dengine.tls;

import org.jspecify.annotations.NullMarked;
