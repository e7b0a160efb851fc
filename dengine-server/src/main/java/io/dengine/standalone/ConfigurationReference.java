package io.dengine.standalone;

/** The reference of all settings, in Markdown, made from the table of keys. */
final class ConfigurationReference {

    private ConfigurationReference() {}

    static String markdown() {
        StringBuilder text = new StringBuilder(INTRODUCTION);
        String section = "";
        for (Key<?> key : Keys.ALL) {
            String ownSection = key.name().contains(".")
                    ? key.name().substring(0, key.name().indexOf('.'))
                    : "storage";
            if (!ownSection.equals(section)) {
                section = ownSection;
                text.append("\n## ")
                        .append(section)
                        .append("\n| key | type | default | range | |\n|---|---|---|---|---|\n");
            }
            String defaultText = key.defaultText();
            text.append("| `")
                    .append(key.name())
                    .append("` | ")
                    .append(key.type().name())
                    .append(" | ")
                    .append(defaultText.isEmpty() ? "" : "`" + defaultText + "`")
                    .append(" | ")
                    .append(key.range())
                    .append(" | ")
                    .append(key.description())
                    .append(" |\n");
        }
        return text.toString();
    }

    private static final String INTRODUCTION = """
            # Configuration
            All settings of a node. This page is made from the table that reads them (`Keys`); change them there.

            The same names are Spring Boot properties below `dengine` and keys of the standalone server's YAML file, at its
            root or below `dengine`; so one file can suit both. Each is an environment variable too: upper case, with `_` for
            dots and dashes (`DENGINE_NODE_DATA_DIR`, `DENGINE_CLUSTER_MEMBERS_1`), which goes before the file.

            A key that does not exist is refused. Where there is a root `dengine`, other roots are left to Spring, and so are
            `dengine.enabled` and `dengine.read.consistency`. A size is a number with `B`, `KiB`, `MiB`, `GiB` or `TiB`
            (`KB`, `MB`, ... mean the same, as in Spring); a duration one with `ms`, `s`, `m`, `h` or `d`.

            ```yaml
            node: { id: 1, data-dir: /var/lib/dengine }
            cluster:
              name: orders
              members: { 1: "10.0.0.1:7400", 2: "10.0.0.2:7400", 3: "10.0.0.3:7400" }
            ```
            """;
}
