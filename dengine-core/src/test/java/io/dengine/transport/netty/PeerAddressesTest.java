package io.dengine.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.config.PeerAddress;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PeerAddressesTest {

    private static final PeerAddress KNOWN = new PeerAddress("known", 1);
    private static final PeerAddress LATER = new PeerAddress("later", 1);
    private static final PeerAddress ANNOUNCED = new PeerAddress("announced", 1);
    private static final PeerAddress FALLBACK = new PeerAddress("fallback", 1);

    private final PeerAddresses addresses = new PeerAddresses(FALLBACK);

    private void assertTried(PeerAddress... expected) {
        assertThat(IntStream.range(0, 2 * expected.length).mapToObj(addresses::ofAttempt))
                .startsWith(expected)
                .endsWith(expected);
        assertThat(addresses.roundOfAttempt(expected.length - 1)).isZero();
        assertThat(addresses.roundOfAttempt(expected.length)).isOne();
    }

    @Test
    void theNewerOfMembershipAndAnnouncementComesFirst() {
        assertTried(FALLBACK);
        assertThat(addresses.follow(KNOWN.toString()))
                .as("the first address is no move")
                .isFalse();
        assertTried(KNOWN, FALLBACK);
        addresses.announced(ANNOUNCED);
        assertTried(ANNOUNCED, KNOWN, FALLBACK);
        assertThat(addresses.follow(KNOWN.toString())).as("nothing new").isFalse();
        assertTried(ANNOUNCED, KNOWN, FALLBACK);
        assertThat(addresses.follow(LATER.toString())).isTrue();
        assertTried(LATER, ANNOUNCED, FALLBACK);
    }

    @Test
    void noAddressIsTriedTwiceARound() {
        addresses.follow(FALLBACK.toString());
        addresses.announced(FALLBACK);
        assertTried(FALLBACK);
    }

    @Test
    void whatIsNoAddressIsNone() {
        assertThat(addresses.follow("")).isFalse();
        assertThat(addresses.follow("nonsense")).isFalse();
        assertTried(FALLBACK);
        assertThat(new PeerAddresses(null).ofAttempt(0)).isNull();
    }
}
