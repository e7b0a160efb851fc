/** What nodes say to each other about consensus. */
@NullMarked
package io.dengine.raft.message;

import org.jspecify.annotations.NullMarked;
