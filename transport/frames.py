"""WebSocket text frames, encoded once and written to many (RFC 6455, section 5.2)."""

from __future__ import annotations

import struct

from projections.messages import ServerMessage
from transport.wire_json import wire_json

_FINAL_TEXT = 0x81


def text_frame(payload: bytes) -> bytes:
    """A final, unmasked text frame around UTF-8 bytes, as a server sends it."""
    length = len(payload)
    if length < 126:
        return bytes((_FINAL_TEXT, length)) + payload
    if length < 65_536:
        return struct.pack("!BBH", _FINAL_TEXT, 126, length) + payload
    return struct.pack("!BBQ", _FINAL_TEXT, 127, length) + payload


def message_frame(message: ServerMessage) -> bytes:
    """A message as one frame."""
    return text_frame(wire_json(message))
