/** The template: typed values over the coordination client. Conversion and waiting, no other logic. */
@NullMarked
package io.dengine.spring.core;

import org.jspecify.annotations.NullMarked;
