package io.dengine.spring.watch;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.core.annotation.AliasFor;

/**
 * Calls the method for each change of a key, or of every key under a prefix.
 *
 * <p>One watch has one thread of its own: calls of one method come one at a time, in revision order. The method may
 * block; the watch then falls behind, and catches up from the store's history.
 *
 * <p>While the application runs, each change is delivered at least once, also over a change of leader, a pause of the
 * application context, or {@link WatchEndpointRegistry#stop(String) stop} and start. Where the history no longer
 * reaches back far enough, the container reads the keys again and delivers what is different, deletes included, with
 * origin {@link WatchKeyEvent.Origin#RESYNC}: the state is complete, changes that were overwritten meanwhile are not
 * seen. Nothing is remembered from one process to the next.
 *
 * <p>Parameters, each optional, in any order:
 *
 * <ul>
 *   <li>the value, converted to the parameter's type: {@code String}, {@code byte[]}, or any type by JSON; null when the
 *       key was deleted. With {@code Optional<T>} a delete is empty;
 *   <li>{@link WatchKeyEvent}{@code <T>}: everything, with the value before the change;
 *   <li>{@link Key @Key} {@code String}: the key;
 *   <li>{@link Revision @Revision} {@code long}: the store revision of the change.
 * </ul>
 *
 * <pre>{@code
 * @WatchKey("/flags/")
 * void onFlag(@Key String key, @Nullable Flag flag) { ... }
 * }</pre>
 *
 * <p>All attributes take {@code ${...}} placeholders.
 */
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface WatchKey {

    /** Alias of {@link #key()}. */
    @AliasFor("key")
    String value() default "";

    /** The key to watch. One that ends with {@code /} is a prefix: every key under it is watched. */
    @AliasFor("value")
    String key() default "";

    /** The prefix to watch, where it does not end with {@code /}. Either this or {@link #key()} is set. */
    String prefix() default "";

    /** Names the watch in the {@link WatchEndpointRegistry}. Default: {@code beanName.methodName}. */
    String id() default "";

    /**
     * Whether the keys that exist when the watch first starts are delivered before the changes, without a gap between
     * the two, with origin {@link WatchKeyEvent.Origin#INITIAL}. If not, the first change delivered is the first one
     * after what this node had when the watch was started.
     */
    boolean initial() default false;

    /** Whether the watch starts with the application context; if {@code false}, the registry starts it by its id. */
    String autoStartup() default "true";

    /**
     * The name of the {@link WatchErrorHandler} bean that gets what the method throws. Default: the only such bean, or
     * else a log line, after which the watch goes on.
     */
    String errorHandler() default "";
}
