/** What every client does the same way: it checks a request before it is sent, and hands answers to its caller. */
@NullMarked
package io.dengine.client;

import org.jspecify.annotations.NullMarked;
