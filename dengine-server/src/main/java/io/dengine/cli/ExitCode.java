package io.dengine.cli;

/** What a process ends with, so that a script knows what to do next. */
enum ExitCode {
    /** It was done; the answer is yes. */
    DONE(0, "done"),
    /** It was done; the answer is no: no such key, not as expected, not sound. */
    NO(1, "no"),
    /** The command line or a setting is wrong; nothing happened. */
    WRONG_USE(2, "wrong use"),
    /** Refused: nothing happened. Trying again later may help. */
    REFUSED(3, "refused"),
    /** Indeterminate: it may have happened, or may yet. Look before trying again. */
    INDETERMINATE(4, "indeterminate"),
    /** The node broke or cannot start: its disk, its directory, its port. */
    BROKEN(5, "broken");

    private final int code;
    private final String text;

    ExitCode(int code, String text) {
        this.code = code;
        this.text = text;
    }

    int code() {
        return code;
    }

    String text() {
        return text;
    }
}
