package io.dengine.config;

/** A setting is wrong: says which, what it was, and what to do. */
public final class InvalidConfigException extends IllegalArgumentException {

    private final String setting;
    private final String problem;
    private final String action;

    /**
     * @param setting the setting's name below {@code dengine.}, such as {@code cluster.members}
     * @param problem what is wrong, with the value
     * @param action what to do about it
     */
    public InvalidConfigException(String setting, String problem, String action) {
        super(setting + ": " + problem + ". " + action);
        this.setting = setting;
        this.problem = problem;
        this.action = action;
    }

    public String setting() {
        return setting;
    }

    public String problem() {
        return problem;
    }

    public String action() {
        return action;
    }

    static void within(String setting, long value, long least, long most) {
        require(
                value >= least && value <= most,
                setting,
                value + " is out of range",
                "Set a value from " + least + " to " + most);
    }

    static void require(boolean condition, String setting, String problem, String action) {
        if (!condition) {
            throw new InvalidConfigException(setting, problem, action);
        }
    }
}
