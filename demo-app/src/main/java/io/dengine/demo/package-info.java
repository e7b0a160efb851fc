/** Feature flags kept in dengine: a REST interface, a live web page, and every edit guarded by the revision its editor saw. */
@NullMarked
package io.dengine.demo;

import org.jspecify.annotations.NullMarked;
