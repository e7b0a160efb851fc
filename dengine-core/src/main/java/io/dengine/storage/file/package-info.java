/** The durable log in segment files. */
@NullMarked
package io.dengine.storage.file;

import org.jspecify.annotations.NullMarked;
