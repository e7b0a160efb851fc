package io.dengine.cli;

import io.dengine.api.ByteSequence;
import io.dengine.api.CompareAndSetResult;
import io.dengine.api.DeleteResult;
import io.dengine.api.Expectation;
import io.dengine.api.KeyValue;
import io.dengine.api.MultiGetResult;
import io.dengine.api.PutResult;
import io.dengine.api.ReadConsistency;
import io.dengine.api.ScanRequest;
import io.dengine.api.ScanResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands on keys. */
final class StoreCommands {

    private StoreCommands() {}

    /** A key, and its value on the command line or in a file. */
    static final class Input {

        @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
        String key = "";

        @Parameters(index = "1", paramLabel = "VALUE", arity = "0..1", description = "The value, as text.")
        @Nullable
        String text;

        @Option(names = "--file", paramLabel = "FILE", description = "A file whose bytes are the value.")
        @Nullable
        Path file;

        ByteSequence key() {
            return ByteSequence.of(key);
        }

        ByteSequence value() {
            if ((text == null) == (file == null)) {
                throw new IllegalArgumentException("give either a VALUE or --file FILE");
            }
            if (file == null) {
                return ByteSequence.of(String.valueOf(text));
            }
            try {
                return ByteSequence.wrap(Files.readAllBytes(file));
            } catch (IOException e) {
                throw new UncheckedIOException(file + " cannot be read: " + e, e);
            }
        }
    }

    /** A read of one key or several. */
    @Command(
            name = "get",
            mixinStandardHelpOptions = true,
            description =
                    "Shows the value of a key; of several keys, all at one revision. Exit code 1 if one does not exist.")
    static final class Get extends OnlineCommand {

        @Parameters(arity = "1..*", paramLabel = "KEY", description = "The keys.")
        List<String> keys = List.of();

        @Option(names = "--consistency", defaultValue = "linearizable", description = "linearizable, lease or local.")
        ReadConsistency consistency = ReadConsistency.LINEARIZABLE;

        Get(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            MultiGetResult found = await(
                    session.client().getAll(keys.stream().map(ByteSequence::of).toList(), consistency));
            boolean all = true;
            for (String key : keys) {
                KeyValue entry = found.entries().get(ByteSequence.of(key));
                if (entry == null) {
                    all = false;
                    show(Answer.of(keys.size() == 1 ? "no such key" : key + " does not exist")
                            .with("key", key)
                            .with("found", false)
                            .with("revision", found.revision()));
                } else {
                    String value = Answer.shown(entry.value());
                    show(Answer.of(keys.size() == 1 ? value : key + "\t" + value)
                            .withKey(entry)
                            .with("found", true)
                            .with("revision", found.revision()));
                }
            }
            return all ? ExitCode.DONE : ExitCode.NO;
        }
    }

    /** A write. */
    @Command(name = "put", mixinStandardHelpOptions = true, description = "Sets a key.")
    static final class Put extends OnlineCommand {

        @Mixin
        Input input = new Input();

        @Option(names = "--ttl", paramLabel = "DURATION", description = "How long it is to live. Default: for ever.")
        @Nullable
        Duration ttl;

        Put(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            PutResult done = await(session.client().put(input.key(), input.value(), ttl));
            show(Answer.of("revision " + done.revision()).with("revision", done.revision()));
            return ExitCode.DONE;
        }
    }

    /** A delete. */
    @Command(
            name = "del",
            mixinStandardHelpOptions = true,
            description = "Deletes a key. Exit code 1 if it does not exist.")
    static final class Delete extends OnlineCommand {

        @Parameters(paramLabel = "KEY", description = "The key.")
        String key = "";

        Delete(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            DeleteResult done = await(session.client().delete(ByteSequence.of(key)));
            show(Answer.of(done.deleted() ? "revision " + done.revision() : "no such key")
                    .with("deleted", done.deleted())
                    .with("revision", done.revision()));
            return done.deleted() ? ExitCode.DONE : ExitCode.NO;
        }
    }

    /** A write that depends on what is there. */
    @Command(
            name = "cas",
            mixinStandardHelpOptions = true,
            description = "Sets a key if it is as expected, in one step. Exit code 1 if it is not.")
    static final class CompareAndSet extends OnlineCommand {

        @Mixin
        Input input = new Input();

        @ArgGroup(multiplicity = "1")
        Expected expected = new Expected();

        @Option(names = "--ttl", paramLabel = "DURATION", description = "How long it is to live. Default: for ever.")
        @Nullable
        Duration ttl;

        /** What the key must be. */
        static final class Expected {

            @Option(names = "--absent", description = "The key must not exist.")
            boolean absent;

            @Option(names = "--value", paramLabel = "TEXT", description = "The key must have this value.")
            @Nullable
            String text;

            @Option(
                    names = "--revision",
                    paramLabel = "N",
                    description = "The key's last change must be this revision.")
            @Nullable
            Long revision;

            Expectation expectation() {
                if (text != null) {
                    return Expectation.value(ByteSequence.of(text));
                }
                return revision != null ? Expectation.modRevision(revision) : Expectation.absent();
            }
        }

        CompareAndSet(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            CompareAndSetResult done =
                    await(session.client().compareAndSet(input.key(), expected.expectation(), input.value(), ttl));
            KeyValue current = done.current();
            String mismatch = current == null
                    ? "not set: the key does not exist"
                    : "not set: the key is at revision " + current.modRevision() + ": " + Answer.shown(current.value());
            Answer answer = Answer.of(done.succeeded() ? "revision " + done.revision() : mismatch)
                    .with("succeeded", done.succeeded())
                    .with("revision", done.revision());
            show(current == null ? answer : answer.withKey(current));
            return done.succeeded() ? ExitCode.DONE : ExitCode.NO;
        }
    }

    /** A read of a range. */
    @Command(
            name = "scan",
            mixinStandardHelpOptions = true,
            description = "Shows the keys under a prefix with their values, in order; each page is of one revision.")
    static final class Scan extends OnlineCommand {

        @Parameters(arity = "0..1", paramLabel = "PREFIX", description = "The prefix. Default: every key.")
        String prefix = "";

        @Option(
                names = "--limit",
                defaultValue = "0",
                paramLabel = "N",
                description = "Show at most this many keys. Default: all.")
        long limit;

        @Option(names = "--consistency", defaultValue = "linearizable", description = "linearizable, lease or local.")
        ReadConsistency consistency = ReadConsistency.LINEARIZABLE;

        Scan(Dengine dengine) {
            super(dengine);
        }

        @Override
        ExitCode run(Session session) {
            long left = limit <= 0 ? Long.MAX_VALUE : limit;
            ScanRequest request = ScanRequest.prefix(ByteSequence.of(prefix));
            while (true) {
                ScanResult page = await(session.client()
                        .scan(request.withLimit((int) Math.min(left, ScanRequest.MAX_LIMIT)), consistency));
                for (KeyValue entry : page.entries()) {
                    show(Answer.of(Answer.shown(entry.key()) + "\t" + Answer.shown(entry.value()))
                            .withKey(entry));
                }
                left -= page.entries().size();
                if (!page.more() || page.entries().isEmpty() || left <= 0) {
                    return ExitCode.DONE;
                }
                request = request.withAfter(
                        page.entries().get(page.entries().size() - 1).key());
            }
        }
    }
}
