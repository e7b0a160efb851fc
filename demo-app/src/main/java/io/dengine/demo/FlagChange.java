package io.dengine.demo;

/**
 * One server-sent event.
 *
 * @param type the event's type: {@code put} or {@code delete}
 * @param data the flag after a put; the name and revision of a delete
 */
record FlagChange(String type, Object data) {

    /**
     * The data of a delete event.
     *
     * @param name the flag's name
     * @param revision the store revision of the delete
     */
    record Gone(String name, long revision) {}

    static FlagChange put(Flag flag) {
        return new FlagChange("put", flag);
    }

    static FlagChange delete(String name, long revision) {
        return new FlagChange("delete", new Gone(name, revision));
    }
}
