package io.dengine.demo;

/** No flag has this name. */
final class UnknownFlagException extends RuntimeException {

    UnknownFlagException(String name) {
        super("There is no flag " + name + ".");
    }
}
