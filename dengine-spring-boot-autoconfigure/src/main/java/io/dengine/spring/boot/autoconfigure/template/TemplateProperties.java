package io.dengine.spring.boot.autoconfigure.template;

import io.dengine.api.ReadConsistency;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How CoordinationTemplate reads. Immutable.
 *
 * @param consistency Consistency of reads that name none: linearizable, lease or local.
 */
@ConfigurationProperties("dengine.read")
public record TemplateProperties(
        @DefaultValue("linearizable") ReadConsistency consistency) {}
