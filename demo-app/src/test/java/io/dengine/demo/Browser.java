package io.dengine.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Headless Chromium, driven by ChromeDriver over the W3C WebDriver protocol: the few commands that the tests need. */
final class Browser implements AutoCloseable {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
    private static final Pattern STARTED = Pattern.compile("started successfully on port (\\d+)");
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final HttpClient client = HttpClient.newHttpClient();
    private final Process driver;
    private final String session;

    static boolean isInstalled() {
        return Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER);
    }

    /**
     * Starts a browser.
     *
     * @param profile an empty directory
     */
    Browser(Path profile) throws IOException {
        driver = new ProcessBuilder(DRIVER.toString(), "--port=0")
                .redirectErrorStream(true)
                .start();
        String base = "http://127.0.0.1:" + port(driver) + "/session";
        List<String> arguments = List.of(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + profile);
        Map<String, Object> capabilities =
                Map.of("goog:chromeOptions", Map.of("binary", CHROMIUM.toString(), "args", arguments));
        JsonNode started = send("POST", base, Map.of("capabilities", Map.of("alwaysMatch", capabilities)));
        session = base + "/" + started.path("sessionId").stringValue();
    }

    private static String port(Process driver) throws IOException {
        BufferedReader output =
                new BufferedReader(new InputStreamReader(driver.getInputStream(), StandardCharsets.UTF_8));
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher started = STARTED.matcher(line);
            if (started.find()) {
                return started.group(1);
            }
        }
        throw new IOException("chromedriver did not start");
    }

    void open(String url) {
        send("POST", session + "/url", Map.of("url", url));
    }

    /** Gives the page the size of a screen, as device emulation does: no window is narrower than 500 pixels. */
    void resize(int width, int height) {
        Map<String, Object> metrics =
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600);
        devTools("Emulation.setDeviceMetricsOverride", metrics);
    }

    void prefer(String colorScheme) {
        devTools(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colorScheme))));
    }

    private void devTools(String command, Map<String, Object> parameters) {
        send("POST", session + "/goog/cdp/execute", Map.of("cmd", command, "params", parameters));
    }

    void click(String css) {
        send("POST", element(css) + "/click", Map.of());
    }

    /** Types into a field after what is there; for a file field, the path of the file. */
    void type(String css, String text) {
        send("POST", element(css) + "/value", Map.of("text", text));
    }

    void clear(String css) {
        send("POST", element(css) + "/clear", Map.of());
    }

    /** Returns the text that is visible in an element. */
    String text(String css) {
        return send("GET", element(css) + "/text", null).stringValue();
    }

    boolean isVisible(String css) {
        return send("GET", element(css) + "/displayed", null).booleanValue();
    }

    /** Returns how many elements there are. */
    int count(String css) {
        return script("return document.querySelectorAll(arguments[0]).length", css)
                .asInt();
    }

    JsonNode script(String script, Object... arguments) {
        return send("POST", session + "/execute/sync", Map.of("script", script, "args", List.of(arguments)));
    }

    void acceptDialog() {
        send("POST", session + "/alert/accept", Map.of());
    }

    void screenshot(Path png) throws IOException {
        Files.createDirectories(png.getParent());
        Files.write(
                png,
                Base64.getDecoder()
                        .decode(send("GET", session + "/screenshot", null).stringValue()));
    }

    private String element(String css) {
        JsonNode found = send("POST", session + "/element", Map.of("using", "css selector", "value", css));
        return session + "/element/" + found.path(ELEMENT).stringValue();
    }

    private JsonNode send(String method, String url, Map<String, Object> body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(30))
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(MAPPER.writeValueAsString(body)))
                .build();
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode value = MAPPER.readTree(response.body()).path("value");
            if (response.statusCode() != 200) {
                throw new AssertionError(
                        method + " " + url + ": " + value.path("message").asString(""));
            }
            return value;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            send("DELETE", session, null);
        } finally {
            driver.destroy();
        }
    }
}
