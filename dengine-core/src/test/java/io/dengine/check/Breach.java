package io.dengine.check;

/**
 * One broken promise.
 *
 * @param rule which
 * @param text by what
 */
public record Breach(Rule rule, String text) {}
