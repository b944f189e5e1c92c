"""Bytes that are no HTTP and no WebSocket, or almost, at the door of a real server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from random import Random

from tests.end_to_end.peers import Table, a_table
from tests.end_to_end.raw_http import GOODBYE, get, post, sign_up, statuses
from tests.end_to_end.raw_websocket import BINARY, CLOSE, FIN, PING, PONG, TEXT, connect, frame, open_raw, upgrade
from tests.end_to_end.server_process import ServerProcess
from tests.fuzz.frames import frames
from tests.lanes import Lane

QUICK, ALL, LONG = 600, 3_000, 200_000
AT_ONCE = 60
HASTY = {
    # Short, so that what never ends is soon over; long enough for a busy machine to let in who is next.
    "FOGBOUND_IDLE_SECONDS": "1",
    "FOGBOUND_TRIES_PER_MINUTE": "0",
    "FOGBOUND_TABS": "100",
}
MIB = 1024 * 1024
UNAVAILABLE = 503
GROWTH = 48 * MIB
SNIPPETS = (b"\r\n", b"\r\n\r\n", b"\0", b"\xff", b": ", b" " * 9_000)


def mutated(random: Random, data: bytes) -> bytes:
    """Cut, doubled, or with other bytes in it."""
    for _ in range(random.randint(1, 4)):
        at, length = random.randint(0, len(data)), random.randint(0, 20)
        match random.randrange(4):
            case 0:
                data = data[:at] + random.randbytes(length) + data[at + length :]
            case 1:
                data = data[:at] + data[at + length :]
            case 2:
                data = data[: at + length] + data[at:]
            case _:
                data = data[:at] + random.choice(SNIPPETS) + data[at:]
    return data


def calls(random: Random, table: Table) -> Iterator[bytes]:
    """HTTP, one way or another."""
    valid = (
        get(b"/healthz"),
        get(b"/api/campaigns", b"Cookie: fogbound_session=x\r\nX-Forwarded-For: 10.0.0.1\r\n"),
        get(b"/api/campaigns/" + table.campaign.encode() + b"/map?x=%00", b"Accept-Encoding: gzip\r\n"),
        sign_up(b"Content-Type: application/json\r\n"),
        post(b"Transfer-Encoding: chunked\r\n", b'e\r\n{"name":"Eve"}\r\n0\r\n\r\n'),
        upgrade(table.players["Ada"], table.campaign),
    )
    while True:
        yield mutated(random, random.choice(valid))


def conversations(random: Random) -> Iterator[bytes]:
    """Frames, one way or another."""
    texts = frames(random)
    while True:
        kind = random.random()
        if kind < 0.3:
            opcode = random.choice((0, TEXT, BINARY, 3, CLOSE, PING, PONG, 15))
            bits = random.choice((0, FIN, FIN, 0x40, 0x70))
            yield frame(opcode, random.randbytes(random.choice((0, 1, 2, 5, 125, 126, 300))), bits=bits)
        elif kind < 0.6:
            yield mutated(random, frame(TEXT, next(texts).encode()))
        elif kind < 0.8:
            yield b"".join(frame(TEXT, next(texts).encode()) for _ in range(5))
        else:
            yield random.randbytes(random.randint(1, 2_000))


async def until_let_in(reader: asyncio.StreamReader) -> bytes:
    """What is said before the table is shown, or before a busy server ends it."""
    try:
        return await reader.readuntil(b"session:state")
    except asyncio.IncompleteReadError as ended:
        if b"Try again later" not in ended.partial:
            raise
        return ended.partial


async def test_bytes_that_make_no_sense(database: str, tmp_path: Path, seed: int, lane: Lane) -> None:
    """No fault of ours, no traceback, no change at the table, no memory that grows; who comes next is served."""
    random, count = Random(seed), lane.of(QUICK, ALL, LONG)
    log = tmp_path / "log"
    with log.open("w") as written:
        server = ServerProcess(database, log=written, **HASTY)
        await server.start()
    try:
        async with a_table(server.url, database, ("Ada",)) as table:
            ada = table.players["Ada"]

            async def call(data: bytes) -> None:
                async with connect(server.url) as (reader, writer):
                    # Whatever is left open by it, the call after it ends the connection.
                    writer.write(data + GOODBYE)
                    for status in statuses(await reader.read()):
                        # A machine that is busy elsewhere may have to say that it is.
                        assert status < 500 or status == UNAVAILABLE, data

            async def talk(data: bytes) -> None:
                async with open_raw(ada, table.campaign) as (reader, writer):
                    said = await until_let_in(reader)
                    writer.write(data + frame(CLOSE, b"\x03\xe8"))
                    writer.write_eof()  # it may all have become a part of a frame that never ends
                    while await reader.read(1_000):
                        pass
                # As above; who is told to try again does.
                if b"Try again later" in said:
                    await talk(data)

            async def all_of(inputs: Iterator[tuple[bytes, bool]]) -> None:
                for data, is_http in inputs:
                    with suppress(ConnectionError):
                        await (call(data) if is_http else talk(data))

            async def wave(much: int) -> None:
                https = ((data, True) for data in islice(calls(random, table), much))
                sockets = ((data, False) for data in islice(conversations(random), much // 2))
                async with asyncio.TaskGroup() as workers:
                    for inputs in (https, sockets):
                        for _ in range(AT_ONCE // 2):
                            workers.create_task(all_of(inputs))

            await wave(count // 5)
            memory = server.memory
            await wave(count)
            assert server.memory - memory < GROWTH
            assert table.topics() == []
            assert len((await ada.fresh_state(table.campaign))["connectedPlayers"]) == 2
    finally:
        await server.kill()
    assert not re.search("Traceback|http_call_failed|exception", log.read_text()), log.read_text()[-3_000:]
