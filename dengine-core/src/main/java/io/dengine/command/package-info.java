/** What is replicated: commands, their results, and the bytes both travel as. */
@NullMarked
package io.dengine.command;

import org.jspecify.annotations.NullMarked;
