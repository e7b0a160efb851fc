/** What holds for every client. */
@NullMarked
package io.dengine.client;

import org.jspecify.annotations.NullMarked;
