package io.dengine.tls;

/**
 * Where TLS connections get their material from: {@link PemFiles}, or whoever else manages it. Thread-safe.
 */
@FunctionalInterface
public interface TlsSource {

    /**
     * Returns what a connection that is made now uses: the same object for as long as nothing has changed. Called for
     * each connection, also on threads that do input and output, so it must not wait for long. Never fails: where new
     * material is broken, the old one stays.
     */
    TlsMaterial current();
}
