package io.dengine.check;

import io.dengine.api.KeyValue;
import java.util.List;

/** What a client knows of its call. */
public sealed interface Outcome {

    Outcome REFUSED = new Refused();
    Outcome UNKNOWN = new Unknown();

    /** An answer, which stands at a revision. */
    sealed interface Answer extends Outcome {
        long revision();
    }

    /** It changed the store: {@code revision} is its own. */
    record Written(long revision) implements Answer {}

    /**
     * It saw the store at {@code revision} and changed nothing: a read, a compare-and-set that did not match, a delete of
     * nothing.
     *
     * @param entries what it found, in the order asked for
     * @param more whether a page left keys out
     */
    record Observed(long revision, List<KeyValue> entries, boolean more) implements Answer {}

    /** It did not happen and never will. */
    record Refused() implements Outcome {}

    /** It may have happened, or may yet. */
    record Unknown() implements Outcome {}
}
