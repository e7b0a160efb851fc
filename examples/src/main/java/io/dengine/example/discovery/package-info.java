/** Service discovery by keys that have to be renewed. */
@NullMarked
package io.dengine.example.discovery;

import org.jspecify.annotations.NullMarked;
