/** Nodes in processes of their own, which can be killed. */
@NullMarked
package io.dengine.process;

import org.jspecify.annotations.NullMarked;
