package io.dengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.DEngine;
import io.dengine.api.IndeterminateException;
import io.dengine.api.RefusedException;
import io.dengine.cli.Shell.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CommandsTest {

    @TempDir
    static Path directory;

    private static DEngine engine;
    private static Shell shell;

    @BeforeAll
    static void start() {
        engine = DEngine.start(directory.resolve("data"));
        engine.awaitReady(Duration.ofSeconds(30));
        shell = new Shell(engine);
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    @Test
    void whatIsPutIsThereUntilItIsDeleted() {
        assertThat(shell.type("get", "here")).isEqualTo(new Outcome(1, "no such key", ""));
        Outcome put = shell.type("put", "here", "a value");
        assertThat(put.code()).isZero();
        assertThat(put.out()).matches("revision \\d+");
        assertThat(shell.type("get", "here")).isEqualTo(new Outcome(0, "a value", ""));
        assertThat(shell.type("get", "here", "gone", "--consistency", "local"))
                .isEqualTo(new Outcome(1, "here\ta value\ngone does not exist", ""));
        assertThat(shell.type("del", "here").code()).isZero();
        assertThat(shell.type("del", "here")).isEqualTo(new Outcome(1, "no such key", ""));
    }

    @Test
    void answersInJsonAreOneObjectALine() {
        String revision = revisionOf(shell.type("put", "j/1", "a \"quoted\"\nline", "--json"));
        shell.type("put", "j/2", "two");
        assertThat(shell.type("scan", "j/", "--json", "--limit", "1").out())
                .isEqualTo("{\"key\":\"j/1\",\"value\":\"a \\\"quoted\\\"\\nline\",\"createRevision\":" + revision
                        + ",\"modRevision\":" + revision + ",\"version\":1}");
        assertThat(shell.type("scan", "j/").out()).endsWith("\nj/2\ttwo");
        assertThat(shell.type("get", "j/none", "--json").out())
                .startsWith("{\"key\":\"j/none\",\"found\":false,\"revision\":");
    }

    private static String revisionOf(Outcome put) {
        return put.out().replaceAll("\\D", "");
    }

    @Test
    void bytesThatAreNoTextAreShownInBase64() throws IOException {
        Path file = Files.write(directory.resolve("bytes"), new byte[] {(byte) 0xFF, 0, 1});
        assertThat(shell.type("put", "raw", "--file", file.toString()).code()).isZero();
        assertThat(shell.type("get", "raw").out()).isEqualTo("base64:/wAB");
        assertThat(shell.type("get", "raw", "--json").out()).contains("\"valueBase64\":\"/wAB\"");
    }

    @Test
    void compareAndSetTellsWhatIsThereInstead() {
        assertThat(shell.type("cas", "c", "1", "--value", "0"))
                .isEqualTo(new Outcome(1, "not set: the key does not exist", ""));
        Outcome made = shell.type("cas", "c", "1", "--absent");
        assertThat(made.code()).isZero();
        String revision = revisionOf(made);
        assertThat(shell.type("cas", "c", "2", "--absent"))
                .isEqualTo(new Outcome(1, "not set: the key is at revision " + revision + ": 1", ""));
        assertThat(shell.type("cas", "c", "2", "--revision", revision).code()).isZero();
        assertThat(shell.type("cas", "c", "3", "--value", "2").code()).isZero();
    }

    @Test
    void watchShowsPastChangesAndEndsAfterSoMany() {
        String first = revisionOf(shell.type("put", "w/1", "one"));
        shell.type("put", "w/1", "two");
        shell.type("del", "w/1");
        long revision = Long.parseLong(first);
        assertThat(shell.type("watch", "w/", "--prefix", "--previous", "--from", first, "--count", "3")
                        .out())
                .isEqualTo("PUT\t" + revision + "\tw/1\tone\nPUT\t" + (revision + 1) + "\tw/1\ttwo\t(was one)\nDELETE\t"
                        + (revision + 2) + "\tw/1\t(was two)");
        assertThat(shell.type("watch", "w/1", "--from", first, "--count", "1", "--json")
                        .out())
                .startsWith("{\"type\":\"put\",\"revision\":" + first + ",\"key\":\"w/1\",\"value\":\"one\"");
    }

    @Test
    void theClusterIsShown() {
        assertThat(shell.type("members")).isEqualTo(new Outcome(0, "1\t\tvoter\tleader", ""));
        assertThat(shell.type("leader", "--json").out()).startsWith("{\"leader\":1,\"address\":\"\",\"term\":");
        assertThat(shell.type("status").out()).contains("health     serving").contains("members    voters [1]");
        assertThat(shell.type("status", "--json").out()).contains("\"role\":\"leader\"");
        assertThat(shell.type("snapshot").out()).matches("a snapshot up to entry \\d+");
    }

    @Test
    void ordersThatMakeNoSenseAreRefusedWithTheirReason() {
        Outcome removed = shell.type("remove", "1");
        assertThat(removed.code()).isIn(2, 3);
        assertThat(removed.err()).startsWith("dengine remove: ");
        assertThat(shell.type("promote", "7").code()).isIn(2, 3);
        assertThat(shell.type("add", "2", "nowhere").code()).isEqualTo(2);
        assertThat(shell.type("add", "2", "127.0.0.1:1", "--json").err()).startsWith("{");
    }

    @Test
    void eachClassOfFailureHasItsExitCode() {
        Outcome refused = new Shell(access -> {
                    throw new RefusedException(RefusedException.Reason.NO_LEADER, "nobody at " + access.endpoints());
                })
                .type("get", "k", "--endpoint", "here:1");
        assertThat(refused).isEqualTo(new Outcome(3, "", "dengine get: refused: nobody at here:1"));
        Outcome unknown = new Shell(access -> {
                    throw new IndeterminateException("who knows");
                })
                .type("put", "k", "v");
        assertThat(unknown.code()).isEqualTo(4);
        assertThat(shell.type("put", "k").code()).isEqualTo(2);
        assertThat(shell.type("nonsense").code()).isEqualTo(2);
        assertThat(shell.type("get", "k", "--timeout", "soon").err()).contains("'soon' is no duration");
        assertThat(shell.type("--help").out()).contains("Exit codes:", "snapshot", "transfer");
    }

    @Test
    void checkSaysWhetherADirectoryIsSound() throws IOException {
        Path data = directory.resolve("checked");
        try (DEngine node = DEngine.start(data)) {
            node.awaitReady(Duration.ofSeconds(30));
            assertThat(shell.type("check", data.toString()).code()).isEqualTo(5);
        }
        Outcome sound = shell.type("check", data.toString());
        assertThat(sound.code()).isZero();
        assertThat(sound.out()).contains("sound\tlog\t");
        byte[] identity = Files.readAllBytes(data.resolve("identity"));
        identity[5] ^= 1;
        Files.write(data.resolve("identity"), identity);
        Outcome damaged = shell.type("check", data.toString(), "--json");
        assertThat(damaged.code()).isEqualTo(1);
        assertThat(damaged.out()).contains("{\"verdict\":\"damaged\",\"part\":\"identity\"");
        assertThat(shell.type("check", directory.resolve("nothing").toString()).code())
                .isEqualTo(2);
    }
}
