package io.dengine.storage.file;

import java.util.Arrays;

/** The terms of neighbouring entries, one pair of numbers for each run of the same term. Immutable. */
final class TermRuns {

    static final TermRuns NONE = new TermRuns(new long[0], new long[0]);

    private final long[] firstIndexes;
    private final long[] terms;

    private TermRuns(long[] firstIndexes, long[] terms) {
        this.firstIndexes = firstIndexes;
        this.terms = terms;
    }

    /** Returns these runs and an entry behind them. */
    TermRuns with(long index, long term) {
        int count = terms.length;
        if (count > 0 && terms[count - 1] == term) {
            return this;
        }
        long[] newIndexes = Arrays.copyOf(firstIndexes, count + 1);
        long[] newTerms = Arrays.copyOf(terms, count + 1);
        newIndexes[count] = index;
        newTerms[count] = term;
        return new TermRuns(newIndexes, newTerms);
    }

    /** Returns the runs without the entries from {@code index} on. */
    TermRuns before(long index) {
        int count = terms.length;
        while (count > 0 && firstIndexes[count - 1] >= index) {
            count--;
        }
        return new TermRuns(Arrays.copyOf(firstIndexes, count), Arrays.copyOf(terms, count));
    }

    long termAt(long index) {
        int found = Arrays.binarySearch(firstIndexes, index);
        return terms[found >= 0 ? found : -found - 2];
    }
}
