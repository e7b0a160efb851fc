package io.dengine.spring.watch;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.EmbeddedValueResolverAware;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.MethodIntrospector.MetadataLookup;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.Assert;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.StringValueResolver;

/**
 * Finds {@link WatchKey} methods and hands them to the {@link WatchEndpointRegistry}; runs nothing itself. The registry
 * is looked up only once all singletons exist, so that no bean is created too early to be processed.
 */
public final class WatchKeyBeanPostProcessor
        implements BeanPostProcessor, BeanFactoryAware, EmbeddedValueResolverAware, SmartInitializingSingleton {

    private final List<WatchEndpoint> waiting = new ArrayList<>();
    private @Nullable BeanFactory beanFactory;
    private @Nullable StringValueResolver placeholders;
    private @Nullable WatchEndpointRegistry registry;

    @Override
    public void setBeanFactory(BeanFactory beanFactory) {
        this.beanFactory = beanFactory;
    }

    @Override
    public void setEmbeddedValueResolver(StringValueResolver resolver) {
        this.placeholders = resolver;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        Class<?> type = AopUtils.getTargetClass(bean);
        if (bean instanceof AopInfrastructureBean || !AnnotationUtils.isCandidateClass(type, WatchKey.class)) {
            return bean;
        }
        Map<Method, WatchKey> found = MethodIntrospector.selectMethods(type, (MetadataLookup<@Nullable WatchKey>)
                method -> AnnotatedElementUtils.findMergedAnnotation(method, WatchKey.class));
        found.forEach((method, watchKey) -> add(endpoint(bean, beanName, method, watchKey)));
        return bean;
    }

    @Override
    public void afterSingletonsInstantiated() {
        synchronized (waiting) {
            if (!waiting.isEmpty()) {
                waiting.forEach(registry()::register);
                waiting.clear();
            }
            registry = registry();
        }
    }

    /** Beans made after the singletons (lazy ones) register at once. */
    private void add(WatchEndpoint endpoint) {
        synchronized (waiting) {
            if (registry == null) {
                waiting.add(endpoint);
            } else {
                registry.register(endpoint);
            }
        }
    }

    private WatchEndpoint endpoint(Object bean, String beanName, Method method, WatchKey watchKey) {
        String key = resolve(watchKey.key());
        String prefix = resolve(watchKey.prefix());
        Assert.state(
                key.isEmpty() != prefix.isEmpty(),
                () -> "@WatchKey on " + method + " needs either a key or a prefix, but has "
                        + (key.isEmpty() ? "neither" : "both: '" + key + "' and '" + prefix + "'"));
        Method invocable = AopUtils.selectInvocableMethod(method, bean.getClass());
        ReflectionUtils.makeAccessible(invocable);
        String id = resolve(watchKey.id());
        String errorHandler = resolve(watchKey.errorHandler());
        return new WatchEndpoint(
                id.isEmpty() ? beanName + "." + method.getName() : id,
                key.isEmpty() ? prefix : key,
                key.isEmpty() || key.endsWith("/"),
                watchKey.initial(),
                Boolean.parseBoolean(resolve(watchKey.autoStartup())),
                bean,
                invocable,
                errorHandler.isEmpty() ? null : errorHandler(errorHandler, method));
    }

    /** Looked up at the first failure: the handler may be this bean's own, and that is only being made. */
    private WatchErrorHandler errorHandler(String name, Method method) {
        BeanFactory beans = beanFactory();
        Assert.state(
                beans.isTypeMatch(name, WatchErrorHandler.class),
                () -> "@WatchKey on " + method + ": the bean '" + name + "' is not a WatchErrorHandler");
        return failure -> beans.getBean(name, WatchErrorHandler.class).handle(failure);
    }

    private String resolve(String text) {
        String resolved = placeholders == null ? text : placeholders.resolveStringValue(text);
        return resolved == null ? "" : resolved;
    }

    private WatchEndpointRegistry registry() {
        return beanFactory().getBean(WatchEndpointRegistry.class);
    }

    private BeanFactory beanFactory() {
        Assert.state(beanFactory != null, "setBeanFactory was not called");
        return beanFactory;
    }
}
