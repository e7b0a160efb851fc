package io.dengine.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Where a node listens, for other nodes or for clients. Resolved anew at each connect.
 *
 * @param host a name or an IP address
 * @param port 1 to 65535
 */
public record PeerAddress(String host, int port) {

    private static final String MEMBERS = "cluster.members";

    public PeerAddress {
        if (host.isEmpty() || host.chars().anyMatch(PeerAddress::isNoPartOfHost) || port < 1 || port > 65535) {
            throw invalid(MEMBERS, host + ":" + port);
        }
    }

    private static boolean isNoPartOfHost(int c) {
        return Character.isWhitespace(c)
                || Character.isSpaceChar(c)
                || Character.isISOControl(c)
                || c == '['
                || c == ']';
    }

    /** Parses {@code host:port}; an IPv6 address stands in brackets. */
    public static PeerAddress parse(String text) {
        return parse(MEMBERS, text);
    }

    /**
     * As above.
     *
     * @param setting whose value it is, for the text of a failure
     */
    public static PeerAddress parse(String setting, String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon).strip();
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (host.indexOf(':') >= 0 && !bracketed) {
            throw invalid(setting, text);
        }
        try {
            return new PeerAddress(
                    bracketed ? host.substring(1, host.length() - 1) : host,
                    Integer.parseInt(text.substring(colon + 1).strip()));
        } catch (IllegalArgumentException e) {
            throw invalid(setting, text);
        }
    }

    /** Returns whether only this machine reaches it. Looks a name up, which may take a while; one that is unknown is not. */
    public boolean isLoopback() {
        InetAddress resolved = new InetSocketAddress(host, port).getAddress();
        return resolved != null && resolved.isLoopbackAddress();
    }

    private static InvalidConfigException invalid(String setting, String text) {
        return new InvalidConfigException(
                setting,
                "'" + text + "' is not a host:port address",
                (setting.equals(MEMBERS) ? "Write each member as id: \"host:port\"" : "Write host:port")
                        + " with a port from 1 to 65535");
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
