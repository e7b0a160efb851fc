/** What a log holds, and the record format it has on disk and on the wire. */
@NullMarked
package io.dengine.raft.entry;

import org.jspecify.annotations.NullMarked;
