/** The engine without Spring. */
@NullMarked
package io.dengine.example.quickstart;

import org.jspecify.annotations.NullMarked;
