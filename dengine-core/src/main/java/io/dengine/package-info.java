/** Start here: {@link io.dengine.DEngine} puts one node together and runs it. */
@NullMarked
package io.dengine;

import org.jspecify.annotations.NullMarked;
