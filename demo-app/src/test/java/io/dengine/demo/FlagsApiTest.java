package io.dengine.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.spring.core.CoordinationTemplate;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The application over HTTP, on one real embedded node. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@DirtiesContext
@Timeout(60)
class FlagsApiTest {

    @TempDir
    static Path dataDir;

    @DynamicPropertySource
    static void dataDir(DynamicPropertyRegistry registry) {
        registry.add("dengine.node.data-dir", dataDir::toString);
    }

    @Autowired
    CoordinationTemplate template;

    private final int port;
    private final Http http;

    FlagsApiTest(@LocalServerPort int port) {
        this.port = port;
        this.http = new Http(port);
    }

    @BeforeEach
    void start() {
        assertThat(http.get("/api/flags").json().path("flags").size()).isZero();
    }

    @AfterEach
    void deleteAllFlags() {
        http.get("/api/flags")
                .json()
                .path("flags")
                .forEach(flag -> http.delete(path(flag.path("name").stringValue()) + "?revision="
                        + flag.path("revision").asLong()));
    }

    @Test
    void newFlagIsFoundAndListedWithItsRevision() {
        Http.Answer created = create("dark-mode", "{'enabled': true, 'description': 'Dark colours', 'revision': 0}");

        assertThat(created.status()).isEqualTo(201);
        assertThat(created.json().path("rollout").asInt()).isEqualTo(100);
        assertThat(created.json().path("revision").asLong()).isPositive();
        assertThat(http.get(path("dark-mode")).json()).isEqualTo(created.json());
        Http.Answer list = http.get("/api/flags");
        assertThat(list.json().path("flags").get(0)).isEqualTo(created.json());
        assertThat(list.json().path("revision").asLong())
                .isGreaterThanOrEqualTo(created.json().path("revision").asLong());
    }

    @Test
    void ofTwoEditorsTheSecondGetsTheFlagAsTheFirstLeftIt() {
        long seen = revision(create("dark-mode", "{'enabled': false, 'revision': 0}"));

        Http.Answer first = create("dark-mode", "{'enabled': true, 'rollout': 10, 'revision': " + seen + "}");
        Http.Answer second = create("dark-mode", "{'enabled': true, 'rollout': 90, 'revision': " + seen + "}");

        assertThat(first.status()).isEqualTo(200);
        assertThat(second.status()).isEqualTo(409);
        assertThat(second.contentType()).startsWith("application/problem+json");
        assertThat(second.json().path("current")).isEqualTo(first.json());
        assertThat(http.get(path("dark-mode")).json()).isEqualTo(first.json());
    }

    @Test
    void creatingAFlagThatExistsIsAConflict() {
        create("dark-mode", "{'enabled': false, 'revision': 0}");

        assertThat(create("dark-mode", "{'enabled': true, 'revision': 0}").status())
                .isEqualTo(409);
    }

    @Test
    void editingADeletedFlagIsAConflictWithNothing() {
        long seen = revision(create("dark-mode", "{'enabled': false, 'revision': 0}"));
        http.delete(path("dark-mode") + "?revision=" + seen);

        Http.Answer edit = create("dark-mode", "{'enabled': true, 'revision': " + seen + "}");

        assertThat(edit.status()).isEqualTo(409);
        assertThat(edit.json().path("current").isNull()).isTrue();
    }

    @Test
    void deleteOfAFlagThatWasChangedMeanwhileDeletesNothing() {
        long seen = revision(create("dark-mode", "{'enabled': false, 'revision': 0}"));
        Http.Answer changed = create("dark-mode", "{'enabled': true, 'revision': " + seen + "}");

        Http.Answer delete = http.delete(path("dark-mode") + "?revision=" + seen);

        assertThat(delete.status()).isEqualTo(409);
        assertThat(delete.json().path("current")).isEqualTo(changed.json());
        assertThat(http.get(path("dark-mode")).status()).isEqualTo(200);
    }

    @Test
    void deletedFlagIsGoneAtOnceAndItsNameIsFree() {
        long seen = revision(create("dark-mode", "{'enabled': false, 'revision': 0}"));

        assertThat(http.delete(path("dark-mode") + "?revision=" + seen).status())
                .isEqualTo(204);

        assertThat(http.get(path("dark-mode")).status()).isEqualTo(404);
        assertThat(http.delete(path("dark-mode") + "?revision=" + seen).status())
                .isEqualTo(404);
        assertThat(create("dark-mode", "{'enabled': true, 'revision': 0}").status())
                .isEqualTo(201);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    -x     | {'enabled': true, 'revision': 0}                  | name
                    import | {'enabled': true, 'revision': 0}                  | name
                    x      | {'revision': 0}                                   | enabled
                    x      | {'enabled': true}                                 | revision
                    x      | {'enabled': true, 'revision': -1}                 | revision
                    x      | {'enabled': true, 'revision': 0, 'rollout': 101}  | rollout
                    """, quoteCharacter = '"')
    void flagThatBreaksARuleIsRefusedByField(String name, String body, String field) {
        Http.Answer answer = create(name, body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.contentType()).startsWith("application/problem+json");
        assertThat(answer.json().path("field").stringValue()).isEqualTo(field);
        assertThat(answer.json().path("detail").stringValue()).isNotBlank();
    }

    @Test
    void descriptionHasALimit() {
        String body = "{'enabled': true, 'revision': 0, 'description': '%s'}";

        assertThat(create("x", body.formatted("d".repeat(501))).status()).isEqualTo(400);
        assertThat(create("x", body.formatted("d".repeat(500))).status()).isEqualTo(201);
    }

    @Test
    void brokenJsonIsAProblemDocumentToo() {
        Http.Answer answer = http.put(path("x"), "{");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.contentType()).startsWith("application/problem+json");
    }

    @Test
    void importReportsEveryEntry() {
        Http.Answer same = create("same", "{'enabled': true, 'revision': 0}");
        Http.Answer other = create("other", "{'enabled': true, 'revision': 0}");
        long seen = revision(create("seen", "{'enabled': true, 'revision': 0}"));

        Http.Answer report = importFile("""
                {'flags': [
                  {'name': 'new', 'enabled': true, 'rollout': 5},
                  {'name': 'same', 'enabled': true},
                  {'name': 'other', 'enabled': false},
                  {'name': 'seen', 'enabled': false, 'revision': %d},
                  {'name': 'bad name', 'enabled': true},
                  {'name': 'worse', 'enabled': 'perhaps'},
                  7
                ]}""".formatted(seen));

        assertThat(report.status()).isEqualTo(200);
        assertThat(report.json().path("imported").findValuesAsString("name")).containsExactly("new", "seen");
        assertThat(report.json().path("unchanged").get(0).stringValue()).isEqualTo("same");
        assertThat(report.json().path("conflicting").get(0).path("current")).isEqualTo(other.json());
        assertThat(report.json().path("invalid").size()).isEqualTo(3);
        assertThat(report.json().path("invalid").get(0).path("position").asInt())
                .isEqualTo(5);
        assertThat(report.json().path("unfinished").size()).isZero();
        assertThat(http.get(path("same")).json()).isEqualTo(same.json());
        assertThat(http.get(path("seen")).json().path("enabled").booleanValue()).isFalse();
    }

    @Test
    void exportedFlagsCanBeImported() {
        create("a", "{'enabled': true, 'description': 'A', 'rollout': 7, 'revision': 0}");
        String export = http.text("/api/flags");

        assertThat(http.post("/api/flags/import", export)
                        .json()
                        .path("imported")
                        .size())
                .isEqualTo(1);
        deleteAllFlags();
        assertThat(http.post("/api/flags/import", export.replaceAll(",\"revision\":\\d+}", "}"))
                        .json()
                        .path("imported")
                        .findValuesAsString("description"))
                .containsExactly("A");
    }

    @Test
    void importFileHasALimitInBytesAndInFlags() {
        String flags =
                "{'name': 'x', 'enabled': true},".repeat(FlagImport.MAX_FLAGS) + "{'name': 'y', 'enabled': true}";

        assertThat(importFile("[" + flags + "]").status()).isEqualTo(413);
        assertThat(importFile("[" + " ".repeat(FlagImport.MAX_BYTES) + "]").status())
                .isEqualTo(413);
        assertThat(importFile("{'flags': 3}").status()).isEqualTo(400);
        assertThat(importFile("no json").status()).isEqualTo(400);
    }

    @Test
    void streamShowsAllFlagsAndThenWhatOthersChange() throws Exception {
        Http.Answer old = create("old", "{'enabled': true, 'revision': 0}");

        try (EventStream stream = EventStream.open(port)) {
            EventStream.Event snapshot = stream.next();
            assertThat(snapshot.type()).isEqualTo("snapshot");
            assertThat(snapshot.data().get(0)).isEqualTo(old.json());

            long revision =
                    template.opsForValue().put(FlagStore.PREFIX + "elsewhere", new StoredFlag(true, "", 30, false));
            EventStream.Event put = stream.next();
            assertThat(put.type()).isEqualTo("put");
            assertThat(put.data().path("name").stringValue()).isEqualTo("elsewhere");
            assertThat(put.data().path("rollout").asInt()).isEqualTo(30);
            assertThat(put.data().path("revision").asLong()).isEqualTo(revision);

            http.delete(path("old") + "?revision=" + revision(old));
            EventStream.Event delete = stream.next();
            assertThat(delete.type()).isEqualTo("delete");
            assertThat(delete.data().path("name").stringValue()).isEqualTo("old");

            template.opsForValue().delete(FlagStore.PREFIX + "elsewhere");
            assertThat(stream.next().data().path("name").stringValue()).isEqualTo("elsewhere");
        }
    }

    @Test
    void clusterIsThisNodeAlone() {
        Http.Answer cluster = http.get("/api/cluster");

        assertThat(cluster.json().path("node").asInt()).isEqualTo(1);
        assertThat(cluster.json().path("leader").asInt()).isEqualTo(1);
        assertThat(cluster.json().path("health").stringValue()).isEqualTo("serving");
        assertThat(cluster.json().path("nodes").size()).isEqualTo(1);
        assertThat(cluster.json().path("nodes").get(0).path("role").stringValue())
                .isEqualTo("leader");
    }

    @Test
    void pageAndOperatorsViewsAreServed() {
        assertThat(http.text("/")).contains("<title>Flags</title>");
        assertThat(http.text("/app.js")).contains("EventSource");
        assertThat(http.get("/actuator/health/dengine").json().path("status").stringValue())
                .isEqualTo("UP");
        assertThat(http.get("/actuator/dengine").status()).isEqualTo(200);
    }

    private Http.Answer create(String name, String body) {
        return http.put(path(name), body.replace('\'', '"'));
    }

    private Http.Answer importFile(String file) {
        return http.post("/api/flags/import", file.replace('\'', '"'));
    }

    private static String path(String name) {
        return "/api/flags/" + name;
    }

    private static long revision(Http.Answer flag) {
        return flag.json().path("revision").asLong();
    }
}
