package io.dengine.standalone;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.dengine.DEngine;
import io.dengine.config.PeerAddress;
import io.dengine.node.NodeHealth;
import io.dengine.transport.PortInUseException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the checks of load balancers and probes over HTTP: 200 for yes, 503 for no. An answer is what the node knows at that
 * moment, for sending clients to a good node; whoever arrives at another is served or refused there, never wrongly. Thread-safe.
 */
final class HttpChecks implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HttpChecks.class);

    private static final int THREADS = 2;

    /** Checks that may wait for a thread; the connections of more are closed. */
    private static final int MAX_WAITING = 64;

    private static final int BACKLOG = 64;

    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int UNAVAILABLE = 503;

    static {
        // The JDK's server takes bounds from there alone. Without them one that asks slowly holds a thread for ever.
        setUnlessSet("sun.net.httpserver.maxReqTime", "5"); // seconds
        setUnlessSet("sun.net.httpserver.maxRspTime", "5");
        setUnlessSet("jdk.httpserver.maxConnections", "256");
    }

    private final DEngine engine;
    private final HttpServer server;
    private final ThreadPoolExecutor threads;

    private HttpChecks(DEngine engine, HttpServer server) {
        this.engine = engine;
        this.server = server;
        AtomicInteger number = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
                    Thread thread = new Thread(task, "dengine-http-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /**
     * Answers for {@code engine} at {@code address}.
     *
     * @throws PortInUseException if the address is taken
     */
    static HttpChecks start(DEngine engine, PeerAddress address) {
        InetSocketAddress socket = new InetSocketAddress(address.host(), address.port());
        HttpChecks checks;
        try {
            checks = new HttpChecks(engine, HttpServer.create(socket, BACKLOG));
        } catch (BindException e) {
            throw new PortInUseException(socket, e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen for checks on " + address, e);
        }
        checks.server.createContext("/", checks::answer);
        checks.server.setExecutor(checks.threads);
        checks.server.start();
        log.info("node {}: answers checks on http://{}", engine.nodeId(), address);
        return checks;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            if (!method.equals("GET") && !method.equals("HEAD")) {
                respond(exchange, METHOD_NOT_ALLOWED, "only GET and HEAD are answered");
                return;
            }
            NodeHealth health = engine.health();
            boolean serves = health == NodeHealth.SERVING;
            boolean leads = engine.isLeader();
            String text = "node " + engine.nodeId() + (leads ? " leads" : " does not lead") + ", health " + health;
            switch (exchange.getRequestURI().getPath()) {
                case "/primary" -> respond(exchange, serves && leads ? OK : UNAVAILABLE, text);
                case "/replica" -> respond(exchange, serves && !leads ? OK : UNAVAILABLE, text);
                case "/health" -> respond(exchange, serves ? OK : UNAVAILABLE, text);
                default -> respond(exchange, NOT_FOUND, "ask for /primary, /replica or /health");
            }
        }
    }

    private static void respond(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = (text + "\n").getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
