/** A log store and a table store of one's own, on H2's MVStore, and the engine running on them. */
@NullMarked
package io.dengine.example.stores;

import org.jspecify.annotations.NullMarked;
