/** What a person or a script says to a cluster, and what it answers: text or JSON, and an exit code that means something. */
@NullMarked
package io.dengine.cli;

import org.jspecify.annotations.NullMarked;
