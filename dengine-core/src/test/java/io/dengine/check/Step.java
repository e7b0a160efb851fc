package io.dengine.check;

/**
 * What a call asks of the value of its key and does to it. A guard that does not hold makes an answered call impossible and
 * a call without an answer one that did nothing.
 *
 * @param expected what the guard compares with; {@link #ABSENT} where it compares with nothing
 * @param operand what is set or appended; {@link #ABSENT} for none
 */
record Step(Guard guard, Object expected, Effect effect, Object operand) {

    /** The value of a key that does not exist. */
    static final Object ABSENT = "(absent)";

    enum Guard {
        NONE,
        EQUALS,
        DIFFERS,
        NEVER
    }

    enum Effect {
        NONE,
        SET,
        /** Both as text. */
        APPEND
    }

    static Step read(Object value) {
        return new Step(Guard.EQUALS, value, Effect.NONE, ABSENT);
    }

    static Step write(Object value) {
        return new Step(Guard.NONE, ABSENT, Effect.SET, value);
    }

    static Step append(String text) {
        return new Step(Guard.NONE, ABSENT, Effect.APPEND, text);
    }

    static Step compareAndSet(Object expected, Object value) {
        return new Step(Guard.EQUALS, expected, Effect.SET, value);
    }

    static Step mismatch(Object expected) {
        return new Step(Guard.DIFFERS, expected, Effect.NONE, ABSENT);
    }

    /** A delete that found something. */
    static Step remove() {
        return new Step(Guard.DIFFERS, ABSENT, Effect.SET, ABSENT);
    }

    static Step impossible() {
        return new Step(Guard.NEVER, ABSENT, Effect.NONE, ABSENT);
    }
}
