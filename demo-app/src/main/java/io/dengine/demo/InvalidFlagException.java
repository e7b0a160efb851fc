package io.dengine.demo;

/** A flag breaks a rule; the message says which, for people. */
final class InvalidFlagException extends RuntimeException {

    private final String field;

    InvalidFlagException(String field, String message) {
        super(message);
        this.field = field;
    }

    String field() {
        return field;
    }
}
