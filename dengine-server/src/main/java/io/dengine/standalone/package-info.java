/** One node as a process of its own: each setting is declared once, and comes from a file or the environment. */
@NullMarked
package io.dengine.standalone;

import org.jspecify.annotations.NullMarked;
