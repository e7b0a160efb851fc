package io.dengine.spring.watch;

import io.dengine.api.KeyValue;
import io.dengine.api.WatchEvent;
import io.dengine.spring.core.ValueConverters;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.SynthesizingMethodParameter;

/** Calls one method with the parts of an event its parameters ask for. The signature is checked at construction. */
final class WatchMethodInvoker {

    private final Object bean;
    private final Method method;
    private final ValueConverters converters;
    private final List<Function<WatchDelivery, @Nullable Object>> arguments = new ArrayList<>();
    private boolean wantsPrevious;
    private @Nullable MethodParameter payload;

    WatchMethodInvoker(Object bean, Method method, ValueConverters converters) {
        this.bean = bean;
        this.method = method;
        this.converters = converters;
        for (int i = 0; i < method.getParameterCount(); i++) {
            arguments.add(argument(new SynthesizingMethodParameter(method, i).withContainingClass(bean.getClass())));
        }
    }

    /** Returns whether the method can see the value before the change. */
    boolean wantsPrevious() {
        return wantsPrevious;
    }

    /**
     * Calls the method.
     *
     * @throws Exception what the method threw, or a failed conversion
     */
    void invoke(WatchDelivery delivery) throws Exception {
        Object[] values = new Object[arguments.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = arguments.get(i).apply(delivery);
        }
        try {
            method.invoke(bean, values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    private Function<WatchDelivery, @Nullable Object> argument(MethodParameter parameter) {
        Class<?> type = parameter.getParameterType();
        if (parameter.hasParameterAnnotation(Key.class)) {
            require(type == String.class, parameter, "@Key is for a String");
            return delivery -> delivery.event().key().utf8();
        }
        if (parameter.hasParameterAnnotation(Revision.class)) {
            require(type == long.class || type == Long.class, parameter, "@Revision is for a long");
            return delivery -> delivery.event().revision();
        }
        if (type == WatchKeyEvent.class) {
            wantsPrevious = true;
            Class<?> valueType = typeArgument(parameter);
            return delivery -> event(delivery, valueType);
        }
        require(
                payload == null,
                parameter,
                "a second parameter for the value; mark the key @Key, the revision @Revision");
        payload = parameter;
        if (type == Optional.class) {
            Class<?> valueType = typeArgument(parameter);
            return delivery -> Optional.ofNullable(value(delivery.event(), valueType));
        }
        require(!type.isPrimitive(), parameter, "a primitive cannot be null when the key is deleted");
        return delivery -> value(delivery.event(), type);
    }

    private Class<?> typeArgument(MethodParameter parameter) {
        Class<?> type =
                ResolvableType.forMethodParameter(parameter).getGeneric().resolve();
        if (type == null) {
            throw invalid(parameter, "it needs a type argument that says what the value is");
        }
        return type;
    }

    private void require(boolean condition, MethodParameter parameter, String problem) {
        if (!condition) {
            throw invalid(parameter, problem);
        }
    }

    private IllegalStateException invalid(MethodParameter parameter, String problem) {
        return new IllegalStateException("@WatchKey on " + method + ", parameter " + parameter.getParameterIndex()
                + " (" + parameter.getParameterType().getSimpleName() + "): " + problem);
    }

    private <T> WatchKeyEvent<T> event(WatchDelivery delivery, Class<T> type) {
        WatchEvent event = delivery.event();
        KeyValue previous = event.previous();
        String key = event.key().utf8();
        return new WatchKeyEvent<>(
                event.type(),
                delivery.origin(),
                key,
                value(event, type),
                previous == null ? null : converters.fromBytes(key, previous.value(), type),
                event.revision());
    }

    private <T> @Nullable T value(WatchEvent event, Class<T> type) {
        return event.type() == WatchEvent.Type.DELETE
                ? null
                : converters.fromBytes(event.key().utf8(), event.entry().value(), type);
    }
}
