#!/usr/bin/python3
"""An upstream that speaks HTTP/2 over TLS, and breaks its connection once.

    http2_upstream.py FOLDER MODELS HOW

FOLDER gets cert.pem, for "localhost", which is its own authority.  MODELS is
how many models "m0", "m1", … it offers and answers for.  HOW is what happens to
the connection that carries the first probes, when a third of them has come:

    whole      nothing
    leaving    GOAWAY with the number of the last stream; those are answered
    goaway     GOAWAY with the number of the first probe; no other is answered
    refuse     every stream but the first is refused (REFUSED_STREAM)
    reset      the connection is reset, with streams in flight

Prints its port, and at SIGTERM what it saw, as JSON: connections, the most
streams at once on one of them, probes, and how many of them it answered.
"""

import asyncio
import json
import signal
import socket
import ssl
import struct
import subprocess
import sys

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings


class World:
    def __init__(self, models, how):
        self.models = models
        self.how = how
        self.connections = 0
        self.most_streams = 0
        self.answered = 0
        self.probes = 0
        self.broken = how == "whole"


class Connection(asyncio.Protocol):
    def __init__(self, world):
        self.world = world
        self.streams = {}
        self.last = None  # the last stream that is answered after GOAWAY
        self.is_leaving = False

    def connection_made(self, transport):
        self.world.connections += 1
        self.transport = transport
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False,
                                      header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.h2.update_settings(
            {h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 100})
        self.flush()

    def data_received(self, data):
        if self.is_leaving:
            return
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self.streams[event.stream_id] = (dict(event.headers),
                                                 bytearray())
                self.world.most_streams = max(self.world.most_streams,
                                              len(self.streams))
            elif isinstance(event, h2.events.DataReceived):
                self.streams[event.stream_id][1].extend(event.data)
                self.h2.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.came(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                self.streams.pop(event.stream_id, None)
        self.flush()

    def flush(self):
        if not self.transport.is_closing():
            self.transport.write(self.h2.data_to_send())

    def came(self, stream):
        headers, _ = self.streams[stream]
        if headers[":method"] == "GET":
            return self.reply(stream, {"object": "list", "data": [
                {"id": f"m{i}", "object": "model"}
                for i in range(self.world.models)]})
        self.world.probes += 1
        if not self.world.broken and self.world.probes >= self.world.models / 3:
            self.world.broken = True
            self.break_at(stream)
        asyncio.get_running_loop().call_later(0.1, self.answer, stream)

    def break_at(self, stream):
        how = self.world.how
        self.is_leaving = how in ("leaving", "goaway")
        if how == "leaving":
            self.h2.close_connection(last_stream_id=stream)
        elif how == "goaway":
            self.last = min(i for i, (headers, _) in self.streams.items()
                            if headers[":method"] == "POST")
            self.h2.close_connection(last_stream_id=self.last)
        elif how == "refuse":
            for other in sorted(self.streams)[1:]:
                self.h2.reset_stream(other, h2.errors.ErrorCodes.REFUSED_STREAM)
                del self.streams[other]
        elif how == "reset":
            wire = self.transport.get_extra_info("socket")
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
            self.streams.clear()
            self.transport.abort()

    def answer(self, stream):
        if stream not in self.streams or self.transport.is_closing():
            return
        if self.last is not None and stream > self.last:
            return
        _, body = self.streams[stream]
        self.world.answered += 1
        self.reply(stream, {
            "id": "x", "object": "chat.completion",
            "model": json.loads(body)["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message":
                         {"role": "assistant", "content": "Hello."}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2}})

    def reply(self, stream, value):
        body = json.dumps(value).encode()
        try:
            self.h2.send_headers(stream, {
                ":status": "200", "content-type": "application/json",
                "content-length": str(len(body))}.items())
            self.send_pieces(stream, body)
        except h2.exceptions.ProtocolError:
            # After a GOAWAY the library sends nothing by itself any more.
            self.by_hand(stream, body)
        self.streams.pop(stream, None)
        self.flush()

    def send_pieces(self, stream, body):
        size = self.h2.max_outbound_frame_size
        for at in range(0, len(body), size):
            self.h2.send_data(stream, body[at:at + size],
                              at + size >= len(body))

    def by_hand(self, stream, body):
        """An answer in frames made here: headers without compression state."""
        head = (b"\x88" b"\x0f\x10\x10application/json")
        for kind, flags, payload in ((1, 4, head), (0, 1, body)):
            self.transport.write(
                struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) +
                struct.pack(">I", stream) + payload)


def context_in(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
    context.set_alpn_protocols(["h2"])
    return context


async def main():
    folder, models, how = sys.argv[1:]
    world = World(int(models), how)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(world), "127.0.0.1", 0, ssl=context_in(folder))
    print(server.sockets[0].getsockname()[1], flush=True)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    print(json.dumps({"connections": world.connections,
                      "most_streams": world.most_streams,
                      "probes": world.probes, "answered": world.answered}),
          flush=True)


asyncio.run(main())
