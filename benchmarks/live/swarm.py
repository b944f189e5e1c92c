"""Clients that cost next to nothing, so that the server is what is measured: bare sockets on one epoll.

They parse no more of a message than its type, and count the rest.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Self
from urllib.parse import urlsplit

_TEXT, _CLOSE, _PING = 0x81, 0x88, 0x89
_PONG = b"\x8a\x80\0\0\0\0"
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="
_TYPE = len(b'{"type":"')

SILENCE = 30.0
"""Seconds without anything to read after which a scenario is given up."""


class Fell(Exception):
    """A client lost its connection, or nothing came any more."""


class Peer:
    """One connection. `on_message` is called with the type and the payload of each message."""

    __slots__ = ("_rest", "counts", "is_open", "on_message", "received", "socket")

    def __init__(self, url: str, campaign: str, cookie: str, last_event_id: str | None = None) -> None:
        """Connects, and does not wait for an answer. Raises OSError."""
        address = urlsplit(url)
        self.socket = socket.create_connection((address.hostname or "", address.port or 80))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.counts: Counter[bytes] = Counter()
        self.received = 0
        self.is_open = False
        self.on_message: Callable[[Peer, bytes, bytes], None] | None = None
        self._rest = b""
        resume = f"&lastEventId={last_event_id}" if last_event_id else ""
        self.socket.sendall(
            f"GET /ws?campaignId={campaign}{resume} HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookie}\r\n"
            f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: {_KEY}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.socket.setblocking(False)

    def send(self, payload: bytes) -> None:
        """A text frame, masked with zeros: that is allowed, and costs nothing."""
        self.send_raw(frame(payload))

    def send_raw(self, data: bytes) -> None:
        """All of it; waits if the server does not read."""
        try:
            sent = self.socket.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self.socket.setblocking(True)
            self.socket.sendall(data[sent:])
            self.socket.setblocking(False)

    def read(self) -> None:
        """Takes in what has arrived. Raises Fell."""
        try:
            data = self.socket.recv(262_144)
        except BlockingIOError:
            return
        except ConnectionError as error:
            raise Fell(str(error)) from error
        if not data:
            raise Fell("the server closed a connection")
        self.received += len(data)
        data = self._rest + data if self._rest else data
        at = 0
        if not self.is_open:
            at = data.find(b"\r\n\r\n") + 4
            if at < 4:
                self._rest = data
                return
            if b" 101 " not in data[:at]:
                raise Fell(data[:at].decode(errors="replace"))
            self.is_open = True
        at = self._take_frames(data, at)
        self._rest = data[at:]

    def _take_frames(self, data: bytes, at: int) -> int:
        end = len(data)
        while end - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                if end - at < 4:
                    break
                length, start = int.from_bytes(data[at + 2 : at + 4]), at + 4
            elif length == 127:
                if end - at < 10:
                    break
                length, start = int.from_bytes(data[at + 2 : at + 10]), at + 10
            if end - start < length:
                break
            opcode, at = data[at], start + length
            if opcode == _TEXT:
                kind = data[start + _TYPE : data.index(b'"', start + _TYPE)]
                self.counts[kind] += 1
                if self.on_message is not None:
                    self.on_message(self, kind, data[start:at])
            elif opcode == _PING:
                self.send_raw(_PONG)
            elif opcode == _CLOSE:
                raise Fell(f"closed with {data[start:at]!r}")
        return at


class Swarm:
    """All clients of a scenario."""

    def __init__(self) -> None:
        self.peers: dict[int, Peer] = {}
        self._poll = select.epoll()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for peer in self.peers.values():
            peer.socket.close()
        self._poll.close()

    def add(self, peer: Peer) -> Peer:
        self.peers[peer.socket.fileno()] = peer
        self._poll.register(peer.socket, select.EPOLLIN)
        return peer

    def drop(self, peer: Peer) -> None:
        """It is gone; its connection is closed."""
        self.peers.pop(peer.socket.fileno(), None)
        peer.socket.close()

    def turn(self, timeout: float) -> bool:
        """Reads what has arrived, or waits so many seconds for something; whether there was any. Raises Fell."""
        ready = self._poll.poll(max(timeout, 0.0))
        for number, _ in ready:
            self.peers[number].read()
        return bool(ready)

    def until(self, is_done: Callable[[], bool]) -> None:
        """Raises Fell."""
        while not is_done():
            if not self.turn(SILENCE):
                raise Fell(f"nothing came for {SILENCE:.0f} s")

    def rest(self, seconds: float) -> None:
        """Reads for so long."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.turn(left)

    def received(self) -> int:
        """Bytes that all have got."""
        return sum(peer.received for peer in self.peers.values())


def frame(payload: bytes) -> bytes:
    """As a client sends it."""
    length = len(payload)
    if length < 126:
        return bytes((_TEXT, 0x80 | length)) + b"\0\0\0\0" + payload
    return struct.pack("!BBHI", _TEXT, 0x80 | 126, length, 0) + payload


def counted(peers: Iterable[Peer], kind: bytes) -> int:
    """How many messages of a type they have got together."""
    return sum(peer.counts[kind] for peer in peers)
