"""What somebody who means harm can do with a few sockets. Each attack goes on until it is cancelled."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress

import aiohttp

from tests.end_to_end.peers import NOT_THERE, Person
from tests.end_to_end.raw_http import post
from tests.end_to_end.raw_websocket import BINARY, PING, PONG, TEXT, connect, frame, open_raw, upgrade
from tests.hostile.scene import Scene

Attack = Callable[[Scene], Coroutine[None, None, None]]

DRIP_SECONDS = 0.1
SOCKETS = 50


async def open_and_say_nothing(scene: Scene) -> None:
    """A thousand sockets, and each that is closed is opened again."""

    async def one() -> None:
        while True:
            with suppress(OSError):
                async with connect(scene.server.url) as (reader, _):
                    await reader.read()

    await _all(one() for _ in range(1_000))


async def drip_heads(scene: Scene) -> None:
    """The upgrade of a WebSocket, a byte at a time."""
    call = upgrade(await scene.a_player(), scene.table.campaign)
    await _all(_drip(scene, call) for _ in range(SOCKETS))


async def drip_bodies(scene: Scene) -> None:
    """The body of a sign-up, a byte at a time."""
    call = post(b"Content-Length: 60000\r\n", b'{"name":"' + b"x" * 59_000)
    head = call.index(b"\r\n\r\n") + 4
    await _all(_drip(scene, call[head:], call[:head]) for _ in range(SOCKETS))


async def never_read(scene: Scene) -> None:
    """At the table, on as many sockets as one may have; who is cut off comes again."""
    player = await scene.a_player()

    async def one() -> None:
        while True:
            with suppress(OSError):
                async with open_raw(player, scene.table.campaign) as (_, writer):
                    while not writer.is_closing():
                        writer.write(frame(PONG, b""))
                        await writer.drain()
                        await asyncio.sleep(DRIP_SECONDS)

    await _all(one() for _ in range(16))


async def read_drop_by_drop(scene: Scene) -> None:
    """As above, but for a few bytes now and then."""
    player = await scene.a_player()

    async def one() -> None:
        while True:
            with suppress(OSError):
                async with open_raw(player, scene.table.campaign) as (reader, writer):
                    while await reader.read(1):
                        writer.write(frame(PONG, b""))
                        await asyncio.sleep(DRIP_SECONDS)

    await _all(one() for _ in range(16))


async def send_half_frames(scene: Scene) -> None:
    """The beginning of a large frame, and the rest a byte at a time."""
    player = await scene.a_player()
    head = frame(TEXT, b"", length=200_000)
    await _all(_drip_frames(player, scene, head) for _ in range(16))


async def flood_with_commands(scene: Scene) -> None:
    """Reveals at another table, back to back."""
    reveal = {"type": "hex:reveal", "hexKeys": ["1,1"], "targets": "all"}
    await _flood_as_dm(scene, frame(TEXT, json.dumps(reveal).encode()) * 100)


async def flood_with_large_commands(scene: Scene) -> None:
    """Reveals of as many hexes as one may name."""
    keys = [f"{n % 100},{n // 100}" for n in range(5_000)]
    reveal = {"type": "hex:reveal", "hexKeys": keys, "targets": "all"}
    await _flood_as_dm(scene, frame(TEXT, json.dumps(reveal).encode()))


async def flood_with_nonsense(scene: Scene) -> None:
    """Large frames that are no JSON until their last byte."""
    await _flood_as_player(scene, frame(TEXT, b'{"type":"hex:reveal","hexKeys":[' + b'"1,1",' * 30_000))


async def flood_with_bytes(scene: Scene) -> None:
    """Frames that are no text."""
    await _flood_as_player(scene, frame(BINARY, b"\x00") * 1_000)


async def flood_with_pings(scene: Scene) -> None:
    """Each is to be answered."""
    await _flood_as_player(scene, frame(PING, b"are you there?") * 1_000)


async def flood_with_fragments(scene: Scene) -> None:
    """A message that goes on and never gets any longer."""
    await _flood_as_player(scene, frame(0, b"", bits=0) * 1_000, first=frame(TEXT, b"", bits=0))


async def send_bombs(scene: Scene) -> None:
    """Bodies that are small until they are unpacked."""
    bomb = gzip.compress(b'{"name":"' + bytes(50_000_000), 1)
    dm, campaign = await scene.a_dm()

    async def one(path: str, bomb: bytes) -> None:
        while True:
            with suppress(aiohttp.ClientError):
                url = f"{scene.server.url}{path}"
                async with dm.http.post(url, data=bomb, headers={"Content-Encoding": "gzip"}) as answer:
                    assert answer.status in (400, 413)

    await _all([one("/api/people", bomb), one(f"/api/campaigns/{campaign}/map", bomb)])


async def come_and_go(scene: Scene) -> None:
    """A member who connects and hangs up, again and again."""
    player = await scene.a_player()

    async def one() -> None:
        while True:
            with suppress(aiohttp.ClientError):
                socket = await player.open(scene.table.campaign)
                await socket.socket.receive()
                await socket.socket.close()

    await _all(one() for _ in range(4))


async def ignore_goodbyes(scene: Scene) -> None:
    """Who is turned away neither reads why, nor goes."""
    stranger = await scene.a_stranger()

    async def one() -> None:
        while True:
            async with open_raw(stranger, NOT_THERE) as (reader, _):
                while not reader.at_eof():  # noqa: ASYNC110 - to wait for the end would be to read
                    await asyncio.sleep(DRIP_SECONDS)

    await _all(one() for _ in range(SOCKETS))


async def look_back(scene: Scene) -> None:
    """All that there is of the past and of a large map, on as many connections as one may have tabs."""
    dm, campaign = await scene.a_dm()
    socket = await dm.join(campaign)
    for row in range(4):
        await socket.send("hex:reveal", hexKeys=[f"{n},{row}" for n in range(5_000)], targets="all", id=f"{row}")
        await socket.until("ack")
    await socket.socket.close()
    path = f"{scene.server.url}/api/campaigns/{campaign}"

    async def one(call: str) -> None:
        while True:
            with suppress(aiohttp.ClientError):
                async with dm.http.get(f"{path}/{call}") as answer:
                    await answer.read()
                    assert answer.status in (200, 429)

    await _all(one(call) for call in ("sessions", "sessions/1/timeline", "state?at=2100-01-01T00:00:00Z", "map") * 5)


ATTACKS: tuple[Attack, ...] = (
    open_and_say_nothing,
    drip_heads,
    drip_bodies,
    never_read,
    read_drop_by_drop,
    send_half_frames,
    flood_with_commands,
    flood_with_large_commands,
    flood_with_nonsense,
    flood_with_bytes,
    flood_with_pings,
    flood_with_fragments,
    send_bombs,
    come_and_go,
    ignore_goodbyes,
    look_back,
)


async def _all(attackers: Iterable[Coroutine[None, None, None]]) -> None:
    async with asyncio.TaskGroup() as together:
        for attacker in attackers:
            together.create_task(attacker)


async def _drip(scene: Scene, slowly: bytes, at_once: bytes = b"") -> None:
    while True:
        with suppress(OSError):
            async with connect(scene.server.url) as (reader, writer):
                writer.write(at_once)
                for position in range(len(slowly)):
                    writer.write(slowly[position : position + 1])
                    await asyncio.sleep(DRIP_SECONDS)
                    if reader.at_eof():
                        break


async def _drip_frames(player: Person, scene: Scene, head: bytes) -> None:
    while True:
        with suppress(OSError):
            async with open_raw(player, scene.table.campaign) as (reader, writer):
                writer.write(head)
                while not reader.at_eof() and not writer.is_closing():
                    writer.write(b"x")
                    await asyncio.sleep(DRIP_SECONDS)


async def _flood_as_dm(scene: Scene, data: bytes) -> None:
    dm, campaign = await scene.a_dm()
    await _flood(dm, campaign, data)


async def _flood_as_player(scene: Scene, data: bytes, first: bytes = b"") -> None:
    await _flood(await scene.a_player(), scene.table.campaign, data, first)


async def _flood(person: Person, campaign: str, data: bytes, first: bytes = b"") -> None:
    """On as many sockets as one may have, and reading all that is answered."""

    async def one() -> None:
        while True:
            with suppress(OSError, ExceptionGroup):
                async with open_raw(person, campaign) as (reader, writer):
                    writer.write(first)
                    async with asyncio.TaskGroup() as beside:
                        reading = beside.create_task(_read_all(reader))
                        while not reading.done():
                            writer.write(data)
                            await writer.drain()
                            await asyncio.sleep(0)

    await _all(one() for _ in range(16))


async def _read_all(reader: asyncio.StreamReader) -> None:
    with suppress(OSError):
        while await reader.read(65_536):
            pass
