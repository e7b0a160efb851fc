/** The node and its cluster as this node sees them, and changes of its members, at {@code /actuator/dengine}. */
@NullMarked
package io.dengine.spring.boot.autoconfigure.endpoint;

import org.jspecify.annotations.NullMarked;
