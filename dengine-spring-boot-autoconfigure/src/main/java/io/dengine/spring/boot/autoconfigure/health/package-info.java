/** Whether this node can serve, for {@code /actuator/health}. */
@NullMarked
package io.dengine.spring.boot.autoconfigure.health;

import org.jspecify.annotations.NullMarked;
