package io.dengine.transport.netty;

import io.netty.channel.EventLoop;

/**
 * What all connections of one transport share. Owned by the transport thread.
 *
 * @param config the settings
 * @param loop the transport thread
 * @param dialler makes connections
 * @param repeats keeps the log short
 * @param patience how long some things may take
 */
record Wiring(NettyPeerConfig config, EventLoop loop, Dialler dialler, RepeatFilter repeats, Patience patience) {}
