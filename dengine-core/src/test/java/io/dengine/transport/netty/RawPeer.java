package io.dengine.transport.netty;

import io.dengine.config.PeerAddress;
import io.dengine.raft.entry.EntryId;
import io.dengine.raft.membership.NodeId;
import io.dengine.transport.PeerMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.function.Consumer;

/** A peer that says exactly what a test wants, over a plain socket. */
final class RawPeer implements AutoCloseable {

    private final Socket socket;
    private final DataInputStream in;

    RawPeer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout((int) TestNode.PATIENCE.toMillis());
        this.in = new DataInputStream(socket.getInputStream());
    }

    static RawPeer dial(PeerAddress address) throws IOException {
        return new RawPeer(new Socket(InetAddress.getLoopbackAddress(), address.port()));
    }

    /** Shakes hands as node {@code self} with the node {@code target} that it dialled. */
    static RawPeer dialAs(int self, TestNode target) throws IOException {
        RawPeer peer = dial(target.address());
        peer.hello(self, target.id.value());
        peer.expect(FrameType.HELLO);
        peer.send(out -> Frames.empty(FrameType.PING, out));
        peer.expect(FrameType.PONG);
        return peer;
    }

    void hello(int self, int target) throws IOException {
        send(helloOf(self, target, Hello.Purpose.MESSAGES)::writeTo);
    }

    static Hello helloOf(int self, int target, Hello.Purpose purpose) {
        return new Hello(
                Hello.VERSION,
                TestNode.CLUSTER,
                self,
                TestNode.storageOf(NodeId.of(self)),
                target,
                purpose,
                EntryId.ZERO,
                new PeerAddress("127.0.0.1", 1),
                null);
    }

    void send(PeerMessage message) throws IOException {
        send(out -> PeerMessageCodec.write(message, out));
    }

    void send(Consumer<ByteBuf> writer) throws IOException {
        ByteBuf out = Unpooled.buffer();
        writer.accept(out);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    record RawFrame(FrameType type, ByteBuf body) {}

    RawFrame read() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        ByteBuf body = Unpooled.wrappedBuffer(frame);
        try {
            return new RawFrame(FrameType.ofCode(body.readByte()), body);
        } catch (MalformedFrameException e) {
            throw new IOException(e);
        }
    }

    RawFrame expect(FrameType type) throws IOException {
        RawFrame frame = read();
        if (frame.type() != type) {
            throw new IOException("expected " + type + ", got " + frame.type());
        }
        return frame;
    }

    /** Returns whether the other side has closed the connection; waits for it. */
    boolean awaitClosed() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (java.net.SocketException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
