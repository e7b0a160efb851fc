package io.dengine.spring.boot.autoconfigure.node;

import io.dengine.config.InvalidConfigException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** A setting is wrong: member unknown, address ill-formed, number out of range. */
final class InvalidConfigFailureAnalyzer extends AbstractFailureAnalyzer<InvalidConfigException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidConfigException cause) {
        return new FailureAnalysis(
                "The property 'dengine." + cause.setting() + "' is not valid: " + cause.problem() + ".",
                cause.action() + ".",
                cause);
    }
}
