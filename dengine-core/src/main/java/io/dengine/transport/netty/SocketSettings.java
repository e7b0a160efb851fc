package io.dengine.transport.netty;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketChannelConfig;
import io.netty.channel.socket.nio.NioChannelOption;
import java.util.List;
import java.util.function.Function;
import jdk.net.ExtendedSocketOptions;

/** The options of every peer socket, whichever end made it. */
final class SocketSettings {

    /** With the send buffer below, bounds what an urgent message can wait behind. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 128 * 1024);

    /** Left to itself the kernel grows this to megabytes, all of it ahead of the next heartbeat. */
    private static final int SEND_BUFFER_BYTES = 256 * 1024;

    private SocketSettings() {}

    /**
     * Sets up each new socket and adds it to {@code sockets}.
     *
     * @param handlers what handles a socket, nearest to the network first
     */
    static ChannelInitializer<SocketChannel> initializer(
            NettyPeerConfig config, ChannelGroup sockets, Function<SocketChannel, List<ChannelHandler>> handlers) {
        int keepAliveSeconds = (int) Math.max(1, config.idleTimeout().toSeconds());
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                sockets.add(channel);
                apply(channel.config(), keepAliveSeconds);
                handlers.apply(channel).forEach(channel.pipeline()::addLast);
            }
        };
    }

    private static void apply(SocketChannelConfig socket, int keepAliveSeconds) {
        socket.setTcpNoDelay(true);
        socket.setKeepAlive(true);
        socket.setSendBufferSize(SEND_BUFFER_BYTES);
        socket.setWriteBufferWaterMark(WATER_MARK);
        // Where the platform has no such option this changes nothing; our own PING does not depend on it.
        set(socket, NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), keepAliveSeconds);
        set(socket, NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), keepAliveSeconds);
        set(socket, NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), 3);
    }

    private static void set(SocketChannelConfig socket, ChannelOption<Integer> option, int value) {
        socket.setOption(option, value);
    }
}
