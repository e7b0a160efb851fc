package io.dengine.standalone;

import io.dengine.config.InvalidConfigException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * The settings in a YAML file, by dotted name. Only the tree of the file is read: no value is turned into an object by the YAML
 * library, so nothing in a file can have an effect, and {@code 010} or {@code yes} stay the text that they are.
 */
final class SettingsFile {

    /** Deeper than any setting, and far from what a file that refers to itself could make of it. */
    private static final int MAX_DEPTH = 8;

    private static final String SETTING = "the file";

    private final Path file;
    private final Map<String, Given> found = new LinkedHashMap<>();

    private SettingsFile(Path file) {
        this.file = file;
    }

    /**
     * Returns what is set, with the root {@code dengine} kept in the names.
     *
     * @throws InvalidConfigException if the file cannot be read, or is no YAML
     */
    static Map<String, Given> read(Path file) {
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            SettingsFile settings = new SettingsFile(file);
            Node root = new Yaml(new LoaderOptions()).compose(reader);
            if (root != null) {
                settings.add("", root, 0);
            }
            return settings.found;
        } catch (IOException e) {
            throw new InvalidConfigException(SETTING, file + " cannot be read: " + e, "Name a file that can be read");
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            throw new InvalidConfigException(
                    SETTING, file + " is not YAML at line " + line + ": " + e.getProblem(), "Correct that line");
        } catch (YAMLException e) {
            throw new InvalidConfigException(SETTING, file + " is not YAML: " + e.getMessage(), "Correct it");
        }
    }

    private void add(String name, Node node, int depth) {
        if (depth > MAX_DEPTH) {
            throw new InvalidConfigException(
                    name, "it is nested too deep" + at(node), "Write settings as sections of keys");
        }
        if (node instanceof MappingNode mapping) {
            for (NodeTuple entry : mapping.getValue()) {
                if (!(entry.getKeyNode() instanceof ScalarNode key)) {
                    throw new InvalidConfigException(
                            name.isEmpty() ? SETTING : name, "a key is no text" + at(node), "Write keys as text");
                }
                String below = name.isEmpty() ? key.getValue() : name + "." + key.getValue();
                add(below, entry.getValueNode(), depth + 1);
            }
        } else if (node instanceof ScalarNode scalar) {
            put(name, scalar.getValue(), false, node);
        } else if (node instanceof SequenceNode sequence) {
            List<String> parts = new ArrayList<>();
            for (Node part : sequence.getValue()) {
                if (!(part instanceof ScalarNode scalar)) {
                    throw new InvalidConfigException(
                            name.isEmpty() ? SETTING : name,
                            "it holds more than values" + at(part),
                            "Write a list of values");
                }
                parts.add(scalar.getValue());
            }
            put(name, String.join(",", parts), true, node);
        }
    }

    private void put(String name, String text, boolean list, Node node) {
        if (name.isEmpty()) {
            throw new InvalidConfigException(
                    SETTING,
                    file + " has no keys",
                    "Write settings as key: value, in sections such as node and cluster");
        }
        if (found.put(name, new Given(text, list, at(node))) != null) {
            throw new InvalidConfigException(name, "it is set twice" + at(node), "Leave one of them out");
        }
    }

    private String at(Node node) {
        return " (" + file + ", line " + (node.getStartMark().getLine() + 1) + ")";
    }
}
