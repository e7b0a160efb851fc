package io.dengine.spring.boot.autoconfigure.client;

import java.util.List;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/** Where the cluster is. A bean of this type takes the place of {@code dengine.client.endpoints}. */
public interface DengineConnectionDetails extends ConnectionDetails {

    /** Returns the API addresses of one member or more, as {@code host:port}; the client learns the others from them. */
    List<String> getEndpoints();
}
