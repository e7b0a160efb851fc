package io.dengine.standalone;

import io.dengine.config.ApiSettings;
import io.dengine.config.DEngineConfig;
import io.dengine.config.Election;
import io.dengine.config.InvalidConfigException;
import io.dengine.config.Limits;
import io.dengine.config.LogSettings;
import io.dengine.config.PeerAddress;
import io.dengine.config.Peering;
import io.dengine.config.Security;
import io.dengine.config.Security.ApiTls;
import io.dengine.config.Security.PeerTls;
import io.dengine.config.SnapshotSettings;
import io.dengine.config.StorageSettings;
import io.dengine.config.WatchSettings;
import io.dengine.raft.membership.NodeId;
import io.dengine.standalone.Keys.JoinAs;
import io.dengine.tls.InvalidTlsMaterialException;
import io.dengine.tls.PemFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes the settings of a server out of a file and the environment, which goes before it. */
public final class SettingsReader {

    private static final String ROOT = "dengine.";
    private static final String MEMBERS = "cluster.members.";
    private static final String MEMBERS_VARIABLE = "DENGINE_CLUSTER_MEMBERS_";

    /** Variables that begin like settings and are none. */
    private static final List<String> OTHER_VARIABLES =
            List.of("DENGINE_CONFIG", "DENGINE_ENDPOINT", "DENGINE_LOG_LEVEL");

    private final Map<String, Given> given = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();

    private SettingsReader() {}

    /**
     * Reads and checks everything.
     *
     * @param file YAML, with the settings at its root or below {@code dengine}; null for none
     * @param environment variables, such as {@code DENGINE_CLUSTER_NAME}
     * @throws InvalidConfigException with the setting, what is wrong with it, where it stands, and what to do
     */
    public static ServerSettings read(@Nullable Path file, Map<String, String> environment) {
        SettingsReader reader = new SettingsReader();
        if (file != null) {
            reader.addFile(SettingsFile.read(file));
        }
        reader.addEnvironment(new TreeMap<>(environment));
        try {
            return reader.settings();
        } catch (InvalidConfigException e) {
            Given cause = reader.given.get(e.setting());
            throw cause == null || e.problem().endsWith(cause.source())
                    ? e
                    : new InvalidConfigException(e.setting(), e.problem() + cause.source(), e.action());
        }
    }

    // ---- where values come from ----

    /** Where there is a root {@code dengine}, other roots are those of a Spring application. */
    private void addFile(Map<String, Given> found) {
        boolean rooted = found.keySet().stream().anyMatch(name -> name.startsWith(ROOT));
        found.forEach((name, value) -> {
            if (name.startsWith(ROOT)) {
                addFromFile(name.substring(ROOT.length()), value);
            } else if (!rooted) {
                addFromFile(name, value);
            } else if (isKnown(name)) {
                throw new InvalidConfigException(
                        name, "it stands beside dengine" + value.source(), "Move it below dengine, with the others");
            }
        });
    }

    private void addFromFile(String name, Given value) {
        if (Keys.ONLY_IN_SPRING.contains(name)) {
            return;
        }
        String instead = Keys.REFUSED_HERE.get(name);
        if (instead != null) {
            throw new InvalidConfigException(name, "only a Spring application has it" + value.source(), instead);
        }
        if (!isKnown(name)) {
            boolean section = Keys.ALL.stream().anyMatch(key -> key.name().startsWith(name + "."));
            throw new InvalidConfigException(
                    name,
                    (section ? "it is a section of keys, not a key" : "there is no such key") + value.source(),
                    section ? "Write its keys below it" : "The nearest key is " + nearest(name));
        }
        given.put(name, value);
    }

    private void addEnvironment(SortedMap<String, String> environment) {
        environment.forEach((variable, text) -> {
            String name = nameOf(variable);
            if (name != null) {
                given.put(name, new Given(text, false, " (environment variable " + variable + ")"));
            } else if (variable.startsWith(Key.ENVIRONMENT_PREFIX) && !OTHER_VARIABLES.contains(variable)) {
                // Not refused: Kubernetes sets variables of its own for a service that is called dengine.
                warnings.add("the environment variable " + variable + " is no setting and has no effect");
            }
        });
    }

    private static @Nullable String nameOf(String variable) {
        String id = variable.startsWith(MEMBERS_VARIABLE) ? variable.substring(MEMBERS_VARIABLE.length()) : "";
        if (id.matches("\\d+")) {
            return MEMBERS + id;
        }
        return Keys.ALL.stream()
                .filter(key -> !key.equals(Keys.MEMBER) && key.variable().equals(variable))
                .map(Key::name)
                .findFirst()
                .orElse(null);
    }

    private static boolean isKnown(String name) {
        return name.startsWith(MEMBERS)
                || Keys.ALL.stream()
                        .anyMatch(key -> !key.equals(Keys.MEMBER) && key.name().equals(name));
    }

    private static String nearest(String name) {
        String nearest = "";
        int least = Integer.MAX_VALUE;
        for (Key<?> key : Keys.ALL) {
            int distance = distance(name, key.name());
            if (distance < least) {
                least = distance;
                nearest = key.name();
            }
        }
        return nearest;
    }

    /** Returns how many letters must be put in, taken out or changed to make one text of the other (Levenshtein). */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int change = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }

    // ---- what they mean ----

    private ServerSettings settings() {
        SortedMap<NodeId, PeerAddress> members = members();
        DEngineConfig config = new DEngineConfig(
                        nodeId(members), get(Keys.DATA_DIR), get(Keys.CLUSTER_NAME), members, Map.of())
                .with(new StorageSettings(get(Keys.DURABILITY), get(Keys.STATE_STORE)))
                .with(election())
                .with(limits())
                .with(log())
                .with(watch())
                .with(peering())
                .with(snapshots())
                .with(security());
        ApiSettings api = api();
        return new ServerSettings(
                api == null ? config : config.with(api), get(Keys.START_TIMEOUT), orNull(Keys.HTTP_ADDRESS), warnings);
    }

    private @Nullable ApiSettings api() {
        PeerAddress address = orNull(Keys.API_ADDRESS);
        PeerAddress bind = orNull(Keys.API_BIND);
        if (address == null) {
            if (bind != null) {
                throw new InvalidConfigException(
                        Keys.API_BIND.name(), "api.address is not set", "Set that to where clients reach this node");
            }
            return null;
        }
        return new ApiSettings(
                address,
                bind,
                get(Keys.MAX_REQUEST_BYTES),
                get(Keys.MAX_CALLS_PER_CONNECTION),
                get(Keys.MAX_IN_FLIGHT),
                get(Keys.MAX_UNSENT_BYTES));
    }

    private Security security() {
        boolean verifyHosts = get(Keys.VERIFY_HOSTS); // read also where it has no effect: what is wrong is refused
        boolean requireCertificate = get(Keys.REQUIRE_CLIENT_CERTIFICATE);
        PemFiles peers = tls(Keys.PEER_CERTIFICATE, Keys.PEER_PRIVATE_KEY, Keys.PEER_TRUSTED);
        PemFiles clients = tls(Keys.API_CERTIFICATE, Keys.API_PRIVATE_KEY, Keys.API_TRUSTED);
        return new Security(
                peers == null ? null : new PeerTls(peers, verifyHosts),
                clients == null ? null : new ApiTls(clients, requireCertificate));
    }

    /** Half of it is no TLS by mistake, and so refused. */
    private @Nullable PemFiles tls(Key<Path> certificate, Key<Path> privateKey, Key<Path> trusted) {
        Path chain = orNull(certificate);
        Path key = orNull(privateKey);
        Path authorities = orNull(trusted);
        if (chain == null && key == null && authorities == null) {
            return null;
        }
        if (chain == null || key == null) {
            throw new InvalidConfigException(
                    (chain == null ? certificate : privateKey).name(),
                    "it is not set, but the TLS of its port is",
                    "Give the node a certificate and its key");
        }
        try {
            return PemFiles.open(chain, key, authorities);
        } catch (InvalidTlsMaterialException e) {
            throw new InvalidConfigException(
                    certificate.name(), String.valueOf(e.getMessage()), "Name PEM files that can be used");
        }
    }

    private SortedMap<NodeId, PeerAddress> members() {
        SortedMap<NodeId, PeerAddress> members = new TreeMap<>();
        given.forEach((name, value) -> {
            if (name.startsWith(MEMBERS)) {
                String id = name.substring(MEMBERS.length());
                if (!id.matches("[1-9]\\d{0,8}")) {
                    throw new InvalidConfigException(name, "'" + id + "' is no node id", "Number members from 1");
                }
                members.put(NodeId.of(Integer.parseInt(id)), parse(name, Keys.MEMBER.type(), value));
            }
        });
        return members;
    }

    private NodeId nodeId(SortedMap<NodeId, PeerAddress> members) {
        Integer id = orNull(Keys.NODE_ID);
        if (id == null && !members.isEmpty()) {
            throw new InvalidConfigException(
                    Keys.NODE_ID.name(),
                    "it is not set, but members are listed",
                    "Set it to the id under which this node is listed in cluster.members: one of " + members.keySet());
        }
        if (id == null && given.containsKey(Keys.JOIN.name())) {
            throw new InvalidConfigException(
                    Keys.NODE_ID.name(),
                    "it is not set, but the node is to join a cluster",
                    "Set it to a number from 1 that no member of the cluster has");
        }
        return nodeId(Keys.NODE_ID, get(Keys.NODE_ID));
    }

    private static NodeId nodeId(Key<Integer> key, int id) {
        if (id <= 0) {
            throw new InvalidConfigException(key.name(), id + " is below 1", "Number nodes from 1");
        }
        return NodeId.of(id);
    }

    private Peering peering() {
        Integer replaces = orNull(Keys.REPLACES);
        return new Peering(
                orNull(Keys.ADDRESS),
                orNull(Keys.BIND),
                get(Keys.JOIN),
                get(Keys.JOIN_AS) == JoinAs.LEARNER,
                replaces == null ? null : nodeId(Keys.REPLACES, replaces));
    }

    private Election election() {
        Election derived = Election.ofTimeout(get(Keys.ELECTION_TIMEOUT));
        return new Election(
                derived.timeout(),
                Objects.requireNonNullElse(orNull(Keys.HEARTBEAT), derived.heartbeat()),
                get(Keys.MAX_CLOCK_DRIFT));
    }

    private Limits limits() {
        return new Limits(
                get(Keys.MAX_KEY_BYTES),
                get(Keys.MAX_VALUE_BYTES),
                get(Keys.MAX_PENDING_PROPOSALS),
                get(Keys.MAX_PENDING_BYTES),
                get(Keys.MAX_PENDING_READS),
                get(Keys.REQUEST_TIMEOUT));
    }

    private LogSettings log() {
        return new LogSettings(
                get(Keys.SEGMENT_BYTES),
                get(Keys.MAX_APPEND_BYTES),
                get(Keys.MAX_INFLIGHT_APPENDS),
                get(Keys.CACHE_BYTES),
                get(Keys.PURGE_BYTES),
                get(Keys.PURGE_ENTRIES),
                get(Keys.PURGE_AGE));
    }

    private WatchSettings watch() {
        return new WatchSettings(
                get(Keys.HISTORY_EVENTS),
                get(Keys.HISTORY_BYTES),
                get(Keys.HISTORY_AGE),
                get(Keys.MAX_WATCHES),
                get(Keys.BUFFERED_EVENTS),
                get(Keys.PROGRESS_INTERVAL));
    }

    private SnapshotSettings snapshots() {
        return new SnapshotSettings(
                get(Keys.SNAPSHOT_BYTES_PER_SECOND), get(Keys.SNAPSHOT_KEEP), get(Keys.STATE_HASH_INTERVAL));
    }

    /** Returns the value of a key that has a default. */
    private <T> T get(Key<T> key) {
        T value = orNull(key);
        return value != null
                ? value
                : Objects.requireNonNull(key.defaultValue().apply(ServerSettings.DEFAULT), key.name());
    }

    private <T> @Nullable T orNull(Key<T> key) {
        Given value = given.get(key.name());
        return value == null ? null : parse(key.name(), key.type(), value);
    }

    private static <T> T parse(String name, ValueType<T> type, Given value) {
        if (value.text().isBlank()) {
            throw new InvalidConfigException(
                    name, "it has no value" + value.source(), type.advice() + ", or leave it out");
        }
        if (value.list() && !type.equals(ValueType.ADDRESSES)) {
            throw new InvalidConfigException(name, "it is a list" + value.source(), type.advice());
        }
        try {
            return type.parse().apply(value.text().strip());
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new InvalidConfigException(
                    name, "'" + value.text() + "' is not understood" + value.source(), type.advice());
        }
    }
}
