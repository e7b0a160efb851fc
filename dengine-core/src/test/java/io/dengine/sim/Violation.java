package io.dengine.sim;

/** The engine broke a promise. */
final class Violation extends AssertionError {

    Violation(String text, Throwable cause) {
        super(text, cause);
    }
}
