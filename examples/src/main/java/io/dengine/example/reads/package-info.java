/** Reads that are fresh enough, and no fresher. */
@NullMarked
package io.dengine.example.reads;

import org.jspecify.annotations.NullMarked;
