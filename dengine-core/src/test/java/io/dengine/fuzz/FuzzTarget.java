package io.dengine.fuzz;

import java.util.List;

/**
 * One reader of bytes, and what it promises whatever the bytes are. An implementation has a constructor without
 * parameters and a name that ends in {@code Fuzz}; that is all it takes to be found by {@link FuzzTargets}.
 */
public interface FuzzTarget {

    /**
     * Reads {@code input} and returns whether it was taken; the alternative is the refusal that the reader declares. Any
     * other end is a finding: another exception, or an AssertionError where what was read is not right. Deterministic.
     *
     * @param input not to be written to
     */
    boolean accepts(byte[] input) throws Exception;

    /** Returns inputs that are taken, from which a campaign starts. */
    List<byte[]> seeds() throws Exception;

    /**
     * Returns the bytes of heap that {@link #accepts} may allocate: what length fields ask for must be bounded by what
     * is there, or by the largest record.
     */
    default long allocationLimit(int inputBytes) {
        return (16L << 20) + 1024L * inputBytes;
    }
}
