package io.dengine.storage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dengine.DEngine;
import io.dengine.api.ByteSequence;
import io.dengine.storage.StorageFailure;
import io.dengine.storage.file.DirectoryCheck.Finding;
import io.dengine.storage.file.DirectoryCheck.Verdict;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryCheckTest {

    @TempDir
    Path directory;

    private void write() {
        try (DEngine engine = DEngine.start(directory)) {
            engine.awaitReady(Duration.ofSeconds(20));
            for (int i = 0; i < 50; i++) {
                engine.client().blocking().put(ByteSequence.of("key" + i), ByteSequence.of("value"));
            }
        }
    }

    @Test
    void directoryOfAStoppedNodeIsSoundAndStaysAsItIs() throws IOException {
        write();
        SortedMap<String, Integer> before = contents();

        List<Finding> findings = DirectoryCheck.of(directory);

        assertThat(findings).extracting(Finding::verdict).containsOnly(Verdict.SOUND);
        assertThat(findings).extracting(Finding::part).containsExactly("identity", "peers", "current", "log");
        assertThat(findings.get(3).text())
                .matches("entries 1 to 5\\d, the last of term 1, in \\d+ bytes; term 1, vote for node 1");
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void damageInTheLogIsFoundAndNothingIsMended() throws IOException {
        write();
        flipByteAt(directory.resolve("log/00000000000000000001.log"), 300);
        SortedMap<String, Integer> before = contents();

        assertThat(damaged()).singleElement().satisfies(finding -> {
            assertThat(finding.part()).isEqualTo("log");
            assertThat(finding.text()).contains("is damaged at offset");
        });
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void tornTailIsCutOnlyInThought() throws IOException {
        write();
        Path segment = directory.resolve("log/00000000000000000001.log");
        byte[] torn = new byte[100];
        Arrays.fill(torn, (byte) 7);
        Files.write(segment, torn, StandardOpenOption.APPEND);
        SortedMap<String, Integer> before = contents();

        assertThat(damaged()).isEmpty();
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void eachMissingOrDamagedFileIsNamed() throws IOException {
        write();
        Path current = directory.resolve("current");
        flipByteAt(current, 3);
        assertThat(damaged()).extracting(Finding::part).containsExactly("current");
        Files.delete(directory.resolve("log/hard-state"));
        Files.delete(directory.resolve("identity"));
        assertThat(damaged()).extracting(Finding::part).containsExactly("identity", "current", "log");
    }

    @Test
    void directoryInUseIsLeftAlone() {
        try (DEngine engine = DEngine.start(directory)) {
            StorageFailure refused = catchThrowableOfType(
                    StorageFailure.class,
                    () -> DirectoryCheck.of(engine.config().dataDir()));
            assertThat(refused.kind()).isEqualTo(StorageFailure.Kind.LOCKED);
        }
    }

    @Test
    void directoryOfSomethingElseIsNoDataDirectory() throws IOException {
        Files.writeString(directory.resolve("notes.txt"), "mine");
        assertThat(DirectoryCheck.isDataDirectory(directory)).isFalse();
        write();
        assertThat(DirectoryCheck.isDataDirectory(directory)).isTrue();
    }

    private List<Finding> damaged() {
        return DirectoryCheck.of(directory).stream()
                .filter(finding -> finding.verdict() == Verdict.DAMAGED)
                .toList();
    }

    private SortedMap<String, Integer> contents() throws IOException {
        SortedMap<String, Integer> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(file.toString(), Arrays.hashCode(Files.readAllBytes(file)));
            }
        }
        return contents;
    }

    private static void flipByteAt(Path file, long position) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) position] ^= 1;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes, (int) position, 1), position);
        }
    }
}
