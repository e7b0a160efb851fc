package io.dengine.tls.netty;

import io.dengine.tls.TlsMaterial;
import io.dengine.tls.TlsSource;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSessionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A context that is made anew whenever its source has new material. Thread-safe. A new context and not only new managers
 * in an old one, because sessions and tickets belong to the context: nobody resumes one that the new material might not
 * have let in.
 */
final class FollowingSslContext extends SslContext {

    private static final Logger log = LoggerFactory.getLogger(FollowingSslContext.class);

    private final TlsSource source;
    private final Maker maker;
    private volatile Made made;

    /** Makes a context of some material. */
    @FunctionalInterface
    interface Maker {
        SslContext make(TlsMaterial material) throws SSLException;
    }

    private record Made(TlsMaterial material, SslContext context) {}

    FollowingSslContext(TlsSource source, Maker maker) {
        this.source = source;
        this.maker = maker;
        TlsMaterial first = source.current();
        try {
            this.made = new Made(first, maker.make(first));
        } catch (SSLException e) {
            throw new IllegalArgumentException("no TLS with " + first + ": " + e.getMessage(), e);
        }
    }

    private SslContext context() {
        TlsMaterial now = source.current();
        Made known = made;
        return known.material == now ? known.context : remade(now);
    }

    private synchronized SslContext remade(TlsMaterial now) {
        Made known = made;
        if (known.material != now) {
            made = new Made(now, makeOrKeep(now, known.context));
        }
        return made.context;
    }

    private SslContext makeOrKeep(TlsMaterial now, SslContext old) {
        try {
            return maker.make(now);
        } catch (SSLException | IllegalArgumentException e) {
            log.warn("TLS: the old certificates stay in use, {} cannot be: {}", now, e.getMessage());
            return old;
        }
    }

    @Override
    public boolean isClient() {
        return made.context.isClient();
    }

    @Override
    public List<String> cipherSuites() {
        return made.context.cipherSuites();
    }

    @Override
    @SuppressWarnings("deprecation") // the type is; what extends the context must answer with it
    public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
        return made.context.applicationProtocolNegotiator();
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator allocator) {
        return context().newEngine(allocator);
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator allocator, String peerHost, int peerPort) {
        return context().newEngine(allocator, peerHost, peerPort);
    }

    @Override
    public SSLSessionContext sessionContext() {
        return made.context.sessionContext();
    }
}
