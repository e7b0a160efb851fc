package io.dengine.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The page in a real browser, where one is installed. Leaves screenshots in {@code target/screenshots}. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@DirtiesContext
@Timeout(60)
class FlagsPageBrowserTest {

    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    @TempDir
    static Path dataDir;

    @TempDir
    static Path profile;

    private static Browser browser;

    private final int port;
    private final Http http;

    FlagsPageBrowserTest(@LocalServerPort int port) {
        this.port = port;
        this.http = new Http(port);
    }

    @DynamicPropertySource
    static void dataDir(DynamicPropertyRegistry registry) {
        registry.add("dengine.node.data-dir", dataDir::toString);
    }

    @BeforeAll
    static void startBrowser() throws IOException {
        assumeTrue(
                Browser.isInstalled(),
                "no browser here: install the Debian packages chromium and chromium-driver to run this test");
        browser = new Browser(profile);
    }

    @AfterAll
    static void stopBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void openPageWithTwoFlags() {
        http.get("/api/flags")
                .json()
                .path("flags")
                .forEach(flag -> http.delete("/api/flags/" + flag.path("name").stringValue() + "?revision="
                        + flag.path("revision").asLong()));
        put("checkout", "{\"enabled\": true, \"description\": \"One page\", \"rollout\": 25, \"revision\": 0}");
        put("dark-mode", "{\"enabled\": false, \"description\": \"Dark colours\", \"revision\": 0}");
        browser.resize(1100, 800);
        browser.prefer("light");
        browser.open("http://localhost:" + port + "/");
        soon(() -> assertThat(browser.text("#live")).isEqualTo("Live"));
        soon(() -> assertThat(browser.count("#flags tbody tr")).isEqualTo(2));
    }

    @Test
    void changeMadeElsewhereAppearsByItself() {
        put("new-search", "{\"enabled\": true, \"revision\": 0}");
        put(
                "dark-mode",
                "{\"enabled\": true, \"description\": \"Darker\", \"revision\": " + revision("dark-mode") + "}");
        http.delete("/api/flags/checkout?revision=" + revision("checkout"));

        soon(() -> assertThat(browser.count(row("new-search"))).isEqualTo(1));
        soon(() -> assertThat(browser.text(row("dark-mode"))).contains("Darker"));
        soon(() -> assertThat(browser.count(row("checkout"))).isZero());
    }

    @Test
    void switchTurnsTheFlagOn() {
        browser.click(row("dark-mode") + " .switch");

        soon(() -> assertThat(flag("dark-mode", "enabled")).isEqualTo("true"));
        assertThat(flag("dark-mode", "description")).isEqualTo("Dark colours");
    }

    @Test
    void newFlagIsMadeInTheForm() {
        browser.click("#new-flag");
        browser.type("#new-flag-place [name=name]", "not valid");
        browser.click("#new-flag-place [data-part=save]");
        soon(() ->
                assertThat(browser.text("#new-flag-place [data-part=problem]")).contains("A name has 1 to 64"));

        browser.clear("#new-flag-place [name=name]");
        browser.type("#new-flag-place [name=name]", "beta");
        browser.click("#new-flag-place [data-part=save]");
        soon(() -> assertThat(browser.count(row("beta"))).isEqualTo(1));
        assertThat(browser.count("#new-flag-place form")).isZero();
        assertThat(flag("beta", "rollout")).isEqualTo("100");
    }

    @Test
    void conflictShowsBothVersionsAndKeepsTheChosenOne() throws IOException {
        editWhileSomebodyElseDoes("checkout", "Mine");

        soon(() -> assertThat(browser.text(row("checkout") + " [data-part=versions]"))
                .contains("Mine", "Theirs"));
        browser.screenshot(SCREENSHOTS.resolve("conflict-light.png"));
        assertThat(flag("checkout", "description")).isEqualTo("Theirs");
        browser.click(row("checkout") + " [data-part=keep-mine]");

        soon(() -> assertThat(flag("checkout", "description")).isEqualTo("Mine"));
        soon(() -> assertThat(browser.text(row("checkout") + " .description")).isEqualTo("Mine"));
    }

    @Test
    void conflictCanBeGivenUp() {
        editWhileSomebodyElseDoes("checkout", "Mine");

        soon(() -> assertThat(browser.isVisible(row("checkout") + " [data-part=take-theirs]"))
                .isTrue());
        browser.click(row("checkout") + " [data-part=take-theirs]");

        assertThat(browser.text(row("checkout") + " .description")).isEqualTo("Theirs");
        assertThat(flag("checkout", "description")).isEqualTo("Theirs");
    }

    @Test
    void deleteAsksFirst() {
        browser.click(row("checkout") + " [data-part=delete]");
        browser.acceptDialog();

        soon(() -> assertThat(browser.count(row("checkout"))).isZero());
        assertThat(http.get("/api/flags/checkout").status()).isEqualTo(404);
    }

    @Test
    void importSaysWhatBecameOfEachFlag() throws IOException {
        Path file = profile.resolve("flags.json");
        Files.writeString(
                file,
                "[{\"name\":\"imported\",\"enabled\":true},{\"name\":\"checkout\",\"enabled\":false},{\"name\":\"?\"}]");

        browser.type("#import-file", file.toString());

        soon(() -> assertThat(browser.text("#banners"))
                .contains("Imported: 1", "exist with other values: checkout", "Not valid: ?"));
        soon(() -> assertThat(browser.count(row("imported"))).isEqualTo(1));
    }

    @Test
    void markupInAFlagIsOnlyText() {
        put("markup", "{\"enabled\": true, \"description\": \"<img src=x onerror=alert(1)>\", \"revision\": 0}");

        soon(() -> assertThat(browser.text(row("markup") + " .description")).isEqualTo("<img src=x onerror=alert(1)>"));
        assertThat(browser.count("#flags img")).isZero();
    }

    @Test
    void clusterPanelShowsThisNode() {
        soon(() -> assertThat(browser.text("#nodes")).contains("Node 1", "this node", "leader", "up to date"));
        assertThat(browser.text("#cluster-summary")).contains("leader: node 1", "term");
    }

    @Test
    void fitsAPhoneInBothColourSchemes() throws IOException {
        soon(() -> assertThat(browser.count("#nodes li")).isEqualTo(1));
        for (String scheme : new String[] {"light", "dark"}) {
            browser.prefer(scheme);
            browser.resize(1100, 700);
            browser.screenshot(SCREENSHOTS.resolve("page-" + scheme + ".png"));
            browser.resize(375, 812);
            browser.screenshot(SCREENSHOTS.resolve("phone-" + scheme + ".png"));
            assertThat(browser.script("return document.documentElement.scrollWidth")
                            .asInt())
                    .isLessThanOrEqualTo(375);
        }
    }

    private void editWhileSomebodyElseDoes(String name, String description) {
        browser.click(row(name) + " [data-part=edit]");
        browser.clear(row(name) + " [name=description]");
        browser.type(row(name) + " [name=description]", description);
        put(name, "{\"enabled\": true, \"description\": \"Theirs\", \"revision\": " + revision(name) + "}");
        soon(() -> assertThat(browser.isVisible(row(name) + " [data-part=changed]"))
                .isTrue());
        browser.click(row(name) + " [data-part=save]");
    }

    private void put(String name, String json) {
        assertThat(http.put("/api/flags/" + name, json).status()).isIn(200, 201);
    }

    private long revision(String name) {
        return http.get("/api/flags/" + name).json().path("revision").asLong();
    }

    private String flag(String name, String field) {
        return http.get("/api/flags/" + name).json().path(field).asString();
    }

    private static String row(String name) {
        return "tr[data-name='" + name + "']";
    }

    private static void soon(ThrowingRunnable assertion) {
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(assertion);
    }
}
