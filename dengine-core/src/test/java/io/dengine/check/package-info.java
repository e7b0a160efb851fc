/**
 * Judges what clients were told, knowing nothing of how the engine works. {@link io.dengine.check.RevisionOrderCheck} decides
 * strict serializability from the revisions in the answers; {@link io.dengine.check.KeySearch} does not believe revisions and
 * searches an order for each key; the others hold watches, TTLs and locks against what is committed.
 */
@NullMarked
package io.dengine.check;

import org.jspecify.annotations.NullMarked;
