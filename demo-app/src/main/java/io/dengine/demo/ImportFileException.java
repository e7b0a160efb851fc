package io.dengine.demo;

/** An import file as a whole cannot be taken; nothing of it was imported. */
final class ImportFileException extends RuntimeException {

    private final boolean tooLarge;

    ImportFileException(boolean tooLarge, String message) {
        super(message);
        this.tooLarge = tooLarge;
    }

    boolean tooLarge() {
        return tooLarge;
    }
}
