package io.dengine.check;

import io.dengine.statemachine.RevisionEvents;
import java.util.List;

/**
 * What clients did and were told, and what is committed.
 *
 * @param calls in any order
 * @param committed every change from revision 2 on, in order; all of them, so taken when nothing is under way
 */
public record History(List<Call> calls, List<RevisionEvents> committed) {

    public History {
        calls = List.copyOf(calls);
        committed = List.copyOf(committed);
    }
}
