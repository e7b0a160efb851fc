package io.dengine.readme;

import io.dengine.spring.core.CoordinationTemplate;
import io.dengine.spring.watch.Key;
import io.dengine.spring.watch.WatchKey;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

@Component
class OrderLimits {

    final Map<String, Integer> current = new ConcurrentHashMap<>();
    private final CoordinationTemplate coordination;

    OrderLimits(CoordinationTemplate coordination) {
        this.coordination = coordination;
    }

    void set(String region, int limit) {
        coordination.opsForValue().put("/limits/" + region, limit);
    }

    @WatchKey(value = "/limits/", initial = true)
    void changed(Integer limit, @Key String key) {
        current.put(key, limit);
    }
}
