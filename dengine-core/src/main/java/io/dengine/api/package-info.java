/** What a user of the store holds: client, values, watches, failures. No Raft words. */
@NullMarked
package io.dengine.api;

import org.jspecify.annotations.NullMarked;
