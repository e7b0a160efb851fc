package io.dengine.api;

/**
 * An acknowledged put.
 *
 * @param revision the store revision that the put made; the key's modRevision
 */
public record PutResult(long revision) {}
