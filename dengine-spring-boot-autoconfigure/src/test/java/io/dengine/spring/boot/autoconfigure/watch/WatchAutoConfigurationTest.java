package io.dengine.spring.boot.autoconfigure.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dengine.api.ByteSequence;
import io.dengine.api.CoordinationClient;
import io.dengine.spring.InMemoryClient;
import io.dengine.spring.boot.autoconfigure.node.NodeAutoConfiguration;
import io.dengine.spring.boot.autoconfigure.node.NodeLifecycle;
import io.dengine.spring.boot.autoconfigure.template.TemplateAutoConfiguration;
import io.dengine.spring.core.CoordinationTemplate;
import io.dengine.spring.watch.Key;
import io.dengine.spring.watch.Revision;
import io.dengine.spring.watch.WatchEndpointRegistry;
import io.dengine.spring.watch.WatchErrorHandler;
import io.dengine.spring.watch.WatchKey;
import io.dengine.spring.watch.WatchKeyEvent;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.annotation.AliasFor;

/** Over a client that the application brings: the node backs off, template and watches work on it. */
@Timeout(60)
class WatchAutoConfigurationTest {

    private final InMemoryClient store = new InMemoryClient();
    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    NodeAutoConfiguration.class,
                    TemplateAutoConfiguration.class,
                    WatchAutoConfiguration.class,
                    JacksonAutoConfiguration.class,
                    TaskExecutionAutoConfiguration.class))
            .withBean(CoordinationClient.class, () -> store);

    @Test
    void prefixIsWatchedWithTypedParameters() {
        put("/flags/old", "{\"on\":false}");
        contexts.withUserConfiguration(FlagListener.class).run(context -> {
            FlagListener flags = context.getBean(FlagListener.class);
            await().until(() -> flags.seen.size() == 1);
            context.getBean(CoordinationTemplate.class).opsForValue().put("/flags/new", new Flag(true));
            context.getBean(CoordinationTemplate.class).opsForValue().delete("/flags/old");

            await().untilAsserted(() -> assertThat(flags.seen)
                    .containsExactly(
                            "INITIAL /flags/old Flag[on=false] 2",
                            "CHANGE /flags/new Flag[on=true] 3",
                            "CHANGE /flags/old null 4"));
            assertThat(context.getBean(WatchEndpointRegistry.class).ids())
                    .containsExactly("watchAutoConfigurationTest.FlagListener.onFlag");
            assertThat(context).doesNotHaveBean(NodeLifecycle.class);
        });
        assertThat(store.openWatches()).isZero();
    }

    @Test
    void placeholdersAreResolvedInAllAttributes() {
        contexts.withUserConfiguration(PlaceholderListener.class)
                .withPropertyValues("app.key=/app/mode", "app.id=mode", "app.auto=false")
                .run(context -> {
                    WatchEndpointRegistry registry = context.getBean(WatchEndpointRegistry.class);
                    assertThat(registry.isRunning("mode")).isFalse();
                    registry.start("mode");
                    await().until(() -> store.openWatches() == 1);
                    put("/app/mode", "dark");
                    put("/app/mode/not-a-prefix", "x");
                    put("/app/mode", "light");

                    List<String> seen = context.getBean(PlaceholderListener.class).seen;
                    await().untilAsserted(() -> assertThat(seen).containsExactly("dark", "light"));
                    registry.stop("mode");
                    assertThat(store.openWatches()).isZero();
                });
    }

    @Test
    void namedErrorHandlerGetsTheFailure() {
        contexts.withUserConfiguration(FailingListener.class).run(context -> {
            await().until(() -> store.openWatches() == 1);
            put("jobs-1", "x");

            List<WatchErrorHandler.Failure> failures = context.getBean(FailingListener.class).failures;
            await().until(() -> failures.size() == 1);
            assertThat(failures.get(0).key()).isEqualTo("jobs-1");
            assertThat(failures.get(0).cause()).hasMessage("x");
        });
    }

    @Test
    void methodOfAProxiedBeanIsCalledThroughTheProxy() {
        contexts.withUserConfiguration(ProxiedListener.class).run(context -> {
            await().until(() -> store.openWatches() == 1);
            put("/k", "v");

            List<String> calls = context.getBean(ProxiedListener.class).calls;
            await().untilAsserted(() -> assertThat(calls).containsExactly("proxy", "v"));
        });
    }

    @Test
    void composedAnnotationAndLazyBeanAreFound() {
        contexts.withUserConfiguration(LazyListener.class).run(context -> {
            WatchEndpointRegistry registry = context.getBean(WatchEndpointRegistry.class);
            assertThat(registry.ids()).isEmpty();

            LazyListener lazy = context.getBean(LazyListener.class);
            assertThat(registry.isRunning("watchAutoConfigurationTest.LazyListener.onConfig"))
                    .isTrue();
            await().until(() -> store.openWatches() == 1);
            put("/config/a", "1");
            await().untilAsserted(() -> assertThat(lazy.seen).containsExactly("1"));
        });
    }

    @Test
    void impossibleMethodFailsTheStartWithItsName() {
        contexts.withUserConfiguration(PrimitiveListener.class)
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("PrimitiveListener.onCount(int), parameter 0 (int): a primitive"));
        contexts.withUserConfiguration(NoKeyListener.class)
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("needs either a key or a prefix, but has neither"));
    }

    @Test
    void threadsAreNamedAndTheApplicationsExecutorStays() {
        contexts.withUserConfiguration(ThreadListener.class).run(context -> {
            assertThat(context).hasBean("applicationTaskExecutor");
            await().until(() -> store.openWatches() == 1);
            put("/k", "v");
            ThreadListener listener = context.getBean(ThreadListener.class);
            await().until(() -> listener.thread != null);
            assertThat(listener.thread.getName()).startsWith("dengine-watch-");
        });
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void threadsAreVirtualWhereBootSaysSo() {
        contexts.withUserConfiguration(ThreadListener.class)
                .withPropertyValues("spring.threads.virtual.enabled=true")
                .run(context -> {
                    await().until(() -> store.openWatches() == 1);
                    put("/k", "v");
                    ThreadListener listener = context.getBean(ThreadListener.class);
                    await().until(() -> listener.thread != null);
                    assertThat(Thread.class.getMethod("isVirtual").invoke(listener.thread))
                            .isEqualTo(true);
                });
    }

    @Test
    void ownRegistryTakesThePlaceOfOurs() {
        contexts.withBean(
                        "mine",
                        WatchEndpointRegistry.class,
                        () -> new WatchEndpointRegistry(
                                store,
                                new io.dengine.spring.core.ValueConverters(List.of()),
                                Runnable::run,
                                failure -> {}))
                .run(context ->
                        assertThat(context).getBean(WatchEndpointRegistry.class).isSameAs(context.getBean("mine")));
    }

    private void put(String key, String value) {
        store.blocking().put(ByteSequence.of(key), ByteSequence.of(value));
    }

    record Flag(boolean on) {}

    static class FlagListener {
        final List<String> seen = new CopyOnWriteArrayList<>();

        @WatchKey(key = "/flags/", initial = true)
        void onFlag(@Nullable Flag flag, @Key String key, WatchKeyEvent<Flag> event, @Revision long revision) {
            seen.add(event.origin() + " " + key + " " + flag + " " + revision);
        }
    }

    static class PlaceholderListener {
        final List<String> seen = new CopyOnWriteArrayList<>();

        @WatchKey(value = "${app.key}", id = "${app.id}", autoStartup = "${app.auto}")
        public void onMode(String mode) {
            seen.add(mode);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class FailingListener {
        final List<WatchErrorHandler.Failure> failures = new CopyOnWriteArrayList<>();

        @Bean
        WatchErrorHandler collecting() {
            return failures::add;
        }

        @Bean
        WatchErrorHandler other() {
            return failure -> {};
        }

        @WatchKey(prefix = "jobs-", errorHandler = "collecting")
        void onJob(String job) {
            throw new IllegalStateException(job);
        }
    }

    static class ProxyTarget {
        final List<String> calls;

        ProxyTarget(List<String> calls) {
            this.calls = calls;
        }

        @WatchKey("/k")
        public void on(String value) {
            calls.add(value);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ProxiedListener {
        final List<String> calls = new CopyOnWriteArrayList<>();

        @Bean
        Object listener() {
            ProxyFactory proxy = new ProxyFactory(new ProxyTarget(calls));
            proxy.setProxyTargetClass(true);
            proxy.addAdvice((MethodInterceptor) invocation -> {
                calls.add("proxy");
                return invocation.proceed();
            });
            return proxy.getProxy();
        }
    }

    @WatchKey
    @Retention(RetentionPolicy.RUNTIME)
    @interface WatchConfig {
        @AliasFor(annotation = WatchKey.class, attribute = "prefix")
        String value() default "/config/";
    }

    @Lazy
    static class LazyListener {
        final List<String> seen = new CopyOnWriteArrayList<>();

        @WatchConfig
        void onConfig(String value) {
            seen.add(value);
        }
    }

    static class PrimitiveListener {
        @WatchKey("/count")
        void onCount(int count) {}
    }

    static class NoKeyListener {
        @WatchKey
        void on() {}
    }

    static class ThreadListener {
        volatile @Nullable Thread thread;

        @WatchKey("/k")
        void on() {
            thread = Thread.currentThread();
        }
    }
}
