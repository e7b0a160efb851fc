package io.dengine.demo;

/** This node does not keep one more page live now. */
final class StreamRefusedException extends RuntimeException {

    StreamRefusedException(String message) {
        super(message);
    }
}
