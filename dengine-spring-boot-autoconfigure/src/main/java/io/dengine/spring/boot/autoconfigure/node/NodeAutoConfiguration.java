package io.dengine.spring.boot.autoconfigure.node;

import org.springframework.boot.autoconfigure.AutoConfiguration;

/** temp */
@AutoConfiguration
public final class NodeAutoConfiguration {}
