/** The template and the converters it uses. */
@NullMarked
package io.dengine.spring.boot.autoconfigure.template;

import org.jspecify.annotations.NullMarked;
