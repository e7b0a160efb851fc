package io.dengine.api;

/**
 * An acknowledged delete.
 *
 * @param revision the store revision after the delete
 * @param deleted whether the key existed; if not, the revision did not change
 */
public record DeleteResult(long revision, boolean deleted) {}
