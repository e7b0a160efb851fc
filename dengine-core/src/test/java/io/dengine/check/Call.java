package io.dengine.check;

import org.jspecify.annotations.Nullable;

/**
 * One call of one client, all times from one clock.
 *
 * @param client who; has one call under way at a time
 * @param calledNanos taken before the request is sent
 * @param returnedNanos taken after the answer is there; {@link #NEVER} if none came
 */
public record Call(int client, long calledNanos, long returnedNanos, Request request, Outcome outcome) {

    /** The return of a call without an answer. */
    public static final long NEVER = Long.MAX_VALUE;

    public Call {
        if (returnedNanos < calledNanos) {
            throw new IllegalArgumentException("returned at " + returnedNanos + ", called at " + calledNanos);
        }
    }

    /** Returns the answer, or null. */
    Outcome.@Nullable Answer answer() {
        return outcome instanceof Outcome.Answer answer ? answer : null;
    }

    Call with(Outcome changed) {
        return new Call(client, calledNanos, returnedNanos, request, changed);
    }
}
