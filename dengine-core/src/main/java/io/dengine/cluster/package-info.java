/** Who belongs to the cluster and who leads it, for those who look after it. */
@NullMarked
package io.dengine.cluster;

import org.jspecify.annotations.NullMarked;
