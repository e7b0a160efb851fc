package io.dengine.cli;

import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationException;
import io.dengine.api.FatalException;
import io.dengine.api.Watch;
import io.dengine.api.WatchEvent;
import io.dengine.api.WatchListener;
import io.dengine.api.WatchRequest;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows changes as they happen. */
@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description =
                "Shows each change of a key, or of all under a prefix, until it is ended. Exit code 3 if the revision"
                        + " to begin with is no longer in the history.")
final class WatchCommand extends OnlineCommand {

    @Parameters(paramLabel = "KEY", description = "The key or prefix.")
    String key = "";

    @Option(names = "--prefix", description = "All keys that begin with KEY.")
    boolean prefix;

    @Option(
            names = "--from",
            defaultValue = "0",
            paramLabel = "REVISION",
            description = "The first revision to show. Default: the next change.")
    long from;

    @Option(names = "--previous", description = "Show the values before the changes too.")
    boolean previous;

    @Option(
            names = "--count",
            defaultValue = "0",
            paramLabel = "N",
            description = "End after this many changes. Default: go on.")
    long count;

    WatchCommand(Dengine dengine) {
        super(dengine);
    }

    @Override
    ExitCode run(Session session) {
        WatchRequest request = new WatchRequest(ByteSequence.of(key), prefix, from, previous);
        CompletableFuture<Void> ended = new CompletableFuture<>();
        Watch watch = session.client().watch(request, new Printer(ended));
        try {
            ended.get();
            return ExitCode.DONE;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CoordinationException failure) {
                throw failure;
            }
            throw new FatalException("the watch ended: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.DONE;
        } finally {
            watch.close();
        }
    }

    /** Called by one thread at a time. */
    private final class Printer implements WatchListener {

        private final CompletableFuture<Void> ended;
        private long seen;

        Printer(CompletableFuture<Void> ended) {
            this.ended = ended;
        }

        @Override
        public void onEvents(long revision, List<WatchEvent> events) {
            for (WatchEvent event : events) {
                if (!ended.isDone()) {
                    print(event);
                }
            }
        }

        private void print(WatchEvent event) {
            boolean put = event.type() == WatchEvent.Type.PUT;
            String before = event.previous() == null
                    ? ""
                    : "\t(was " + Answer.shown(event.previous().value()) + ")";
            String value = put ? "\t" + Answer.shown(event.entry().value()) : "";
            Answer answer = Answer.of(
                            event.type() + "\t" + event.revision() + "\t" + Answer.shown(event.key()) + value + before)
                    .with("type", event.type().name().toLowerCase(Locale.ROOT))
                    .with("revision", event.revision());
            if (put) {
                answer.withKey(event.entry());
            } else {
                answer.withBytes("key", event.key());
            }
            if (event.previous() != null) {
                answer.withBytes("previousValue", event.previous().value());
            }
            show(answer);
            seen++;
            if (seen == count) {
                ended.complete(null);
            }
        }

        @Override
        public void onClosed(Throwable cause) {
            ended.completeExceptionally(cause);
        }
    }
}
