/**
 * Methods that are called when keys change. Read in this order: {@link io.dengine.spring.watch.WatchKey}, the
 * post-processor that finds it, the endpoint it becomes, the registry that runs one container per endpoint, the
 * container, the method invoker.
 */
@NullMarked
package io.dengine.spring.watch;

import org.jspecify.annotations.NullMarked;
