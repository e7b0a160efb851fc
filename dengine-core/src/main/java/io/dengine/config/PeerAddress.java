package io.dengine.config;

/**
 * Where a member listens for its peers. Resolved anew at each connect.
 *
 * @param host a name or an IP address
 * @param port 1 to 65535
 */
public record PeerAddress(String host, int port) {

    public PeerAddress {
        if (host.isBlank() || port < 1 || port > 65535) {
            throw invalid(host + ":" + port);
        }
    }

    /** Parses {@code host:port}; an IPv6 address stands in brackets. */
    public static PeerAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon).strip();
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (host.indexOf(':') >= 0 && !bracketed) {
            throw invalid(text);
        }
        try {
            return new PeerAddress(
                    bracketed ? host.substring(1, host.length() - 1) : host,
                    Integer.parseInt(text.substring(colon + 1).strip()));
        } catch (NumberFormatException e) {
            throw invalid(text);
        }
    }

    private static InvalidConfigException invalid(String text) {
        return new InvalidConfigException(
                "cluster.members",
                "'" + text + "' is not a host:port address",
                "Write each member as id: \"host:port\" with a port from 1 to 65535");
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
