"""A hundred thousand frames that make no sense, or some: each is a command that can be stored, or a plain error."""

from __future__ import annotations

import json
import re
from itertools import islice
from pathlib import Path
from random import Random
from typing import get_args
from uuid import uuid4

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.append import Append
from domain.commands import ClientMessage
from domain.decide import CommandContext
from domain.event_codec import decode, encode
from domain.refusals import Refused
from projections.messages import Error
from tests.domain.scenario import CAMPAIGN, DM, NOW
from tests.fuzz.frames import frames
from tests.lanes import Lane
from transport.wire.conversation import Conversation
from transport.wire.frames import message_frame

QUICK, ALL, LONG = 20_000, 100_000, 5_000_000
CODES = {"invalid_json", "invalid_message"}
# What only a programmer would understand, or what came from the client.
INTERNALS = re.compile(
    r"pydantic|Traceback|https?://|<class|object at 0x|onerror|drop table|__proto__|\(\?:", re.IGNORECASE
)
UNSTORABLE = re.compile(rb"\\u0000|\\ud[89a-f]|\x00|\xed[\xa0-\xbf]", re.IGNORECASE)
FLAT_BYTES = 32 * 1024 * 1024


def test_frames_that_make_no_sense(seed: int, lane: Lane) -> None:
    """No input raises; an error has a documented code and no internals; memory stays flat."""
    table = Table()
    accepted = refused = 0
    warm = 0
    count = lane.of(QUICK, ALL, LONG)
    for n, text in enumerate(islice(frames(Random(seed)), count)):
        dms = Conversation("dm").hear(text)
        players = Conversation("player").hear(text)
        if isinstance(dms, dict):
            assert players == dms, text
            check_error(dms, text)
            refused += 1
        else:
            assert isinstance(players, dict), text
            assert players["code"] == "dm_only", text
            table.take(dms)
            accepted += 1
        if n == count // 4:
            warm = resident_bytes()
    assert resident_bytes() - warm < FLAT_BYTES
    # Were all of them alike, little would have been tried.
    assert min(accepted, refused) > count // 20
    print(f"{count} frames: {accepted} commands, {refused} errors; {table.stored} events")


def check_error(error: Error, text: str) -> None:
    """It can be sent, and says nothing that it should not."""
    assert error["code"] in CODES, text
    assert not INTERNALS.search(error["message"]), (error, text)
    assert len(error["message"]) < 300, text
    assert json.loads(message_frame(error)[2 if len(message_frame(error)) < 128 else 4 :]) == error, text


class Table:
    """Takes commands as a room does, and sees that what comes of them can be stored and read."""

    def __init__(self) -> None:
        self.aggregate = SessionAggregate.at(CAMPAIGN)
        self.stored = 0

    def take(self, command: ClientMessage) -> None:
        assert isinstance(command, get_args(ClientMessage))
        context = CommandContext(players={"a-player"}, max_staged=5)
        before = self.aggregate.table
        try:
            events = self.aggregate.handle(command, context, CommandMetadata(DM, NOW, uuid4, command.id))
        except Refused:
            assert self.aggregate.table is before
            assert not self.aggregate.pending_events
            return
        self.aggregate.collect_events()
        for row in Append.of(events).rows:
            assert not UNSTORABLE.search(row.data), row
        for event in events:
            assert decode(encode(event)) == event
        self.stored += len(events)


def resident_bytes() -> int:
    """Of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
