package io.dengine.api;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Immutable bytes, the form of every key and value. Ordered as unsigned bytes, which is the order of a scan.
 * Thread-safe.
 */
public final class ByteSequence implements Comparable<ByteSequence> {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** No bytes. */
    public static final ByteSequence EMPTY = new ByteSequence(new byte[0]);

    private final byte[] bytes;
    private int hash;

    private ByteSequence(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Returns the UTF-8 bytes of {@code text}. */
    public static ByteSequence of(String text) {
        return new ByteSequence(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns a copy of {@code bytes}. */
    public static ByteSequence copyOf(byte[] bytes) {
        return bytes.length == 0 ? EMPTY : new ByteSequence(bytes.clone());
    }

    /** Returns a sequence over {@code bytes} itself, without a copy: the caller gives the array away and never writes to it again. */
    public static ByteSequence wrap(byte[] bytes) {
        return new ByteSequence(bytes);
    }

    public int length() {
        return bytes.length;
    }

    public boolean isEmpty() {
        return bytes.length == 0;
    }

    public byte byteAt(int index) {
        return bytes[index];
    }

    public boolean startsWith(ByteSequence prefix) {
        return bytes.length >= prefix.bytes.length
                && Arrays.equals(bytes, 0, prefix.bytes.length, prefix.bytes, 0, prefix.bytes.length);
    }

    /** Returns the first {@code length} bytes. */
    public ByteSequence head(int length) {
        return length == bytes.length ? this : new ByteSequence(Arrays.copyOf(bytes, length));
    }

    /** Returns the smallest sequence greater than this one. */
    public ByteSequence next() {
        return new ByteSequence(Arrays.copyOf(bytes, bytes.length + 1));
    }

    /**
     * Returns the smallest sequence greater than every sequence that starts with this one, or null where there is none
     * (this one is empty or all 0xFF).
     */
    public @Nullable ByteSequence prefixEnd() {
        for (int i = bytes.length - 1; i >= 0; i--) {
            if (bytes[i] != (byte) 0xFF) {
                byte[] end = Arrays.copyOf(bytes, i + 1);
                end[i]++;
                return new ByteSequence(end);
            }
        }
        return null;
    }

    /** Returns a copy, which the caller owns. */
    public byte[] toByteArray() {
        return bytes.clone();
    }

    /** Returns the bytes as UTF-8 text; malformed input becomes U+FFFD. */
    public String utf8() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Appends the bytes to {@code target}, advancing its position. */
    public void writeTo(ByteBuffer target) {
        target.put(bytes);
    }

    /** Returns the backing array, without a copy: the caller must not write to it. */
    public byte[] array() {
        return bytes;
    }

    @Override
    public int compareTo(ByteSequence other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ByteSequence that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        int h = hash;
        if (h == 0) {
            h = hash(bytes);
            hash = h;
        }
        return h;
    }

    /** Eight bytes at a time, each multiplied into all bits: binary keys that differ in their last bytes only must not collide. */
    private static int hash(byte[] bytes) {
        long h = bytes.length;
        int i = 0;
        for (; i + Long.BYTES <= bytes.length; i += Long.BYTES) {
            h = mix(h ^ (long) LONGS.get(bytes, i));
        }
        long rest = 0;
        for (; i < bytes.length; i++) {
            rest = (rest << Byte.SIZE) | (bytes[i] & 0xFF);
        }
        h = mix(mix(h ^ rest));
        return (int) h;
    }

    /** Multiplies by 2^64 over the golden ratio, and lets the high bits, which depend on all below, into the low ones. */
    private static long mix(long h) {
        long product = h * 0x9E3779B97F4A7C15L;
        return product ^ (product >>> 32);
    }

    @Override
    public String toString() {
        return utf8();
    }
}
