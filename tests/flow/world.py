"""One of the two servers: its table, and what somebody there gets to see, byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType

from tests.end_to_end.peers import NOT_THERE, PATIENCE, Message, Person, Socket, Table, a_table
from tests.end_to_end.raw_http import exchange
from tests.flow.histories import Call, Command, Deed, Look

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CHANGING = re.compile(
    r"(?<=Date: )[^\r]+|(?<=fogbound_session=)[^;\r]+|127\.0\.0\.1:\d+"
    r'|(?<="recordedAt":)"[^"]+"|(?<="startedAt":)"[^"]+"|(?<="endedAt":)"[^"]+"'
    r'|(?<="activeSeconds":)[0-9.]+|(?<="pausedSeconds":)[0-9.]+'
)
"""Times, cookies, and which of the two servers it is."""
LENGTH = re.compile(r"Content-Length: \d+")

SESSIONS = "/api/campaigns/{campaign}/sessions"
CALLS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/api/me", None),
    ("GET", "/api/campaigns", None),
    ("GET", "/api/campaigns/{campaign}/members", None),
    ("GET", "/api/campaigns/{campaign}/map", None),
    ("GET", "/api/campaigns/{campaign}/invites", None),
    ("GET", SESSIONS, None),
    ("GET", SESSIONS + "?as={pia}", None),
    *(("GET", f"{SESSIONS}/{number}/timeline", None) for number in (1, 2, 3, 4)),
    ("GET", SESSIONS + "/1/timeline?limit=3", None),
    ("GET", SESSIONS + "/1/timeline?as=dm", None),
    ("GET", SESSIONS + "/1/timeline?as={bo}", None),
    ("GET", SESSIONS + "/1/timeline?from={nothing}", None),
    ("GET", "/api/campaigns/{campaign}/state?at=2100-01-01T00:00:00Z", None),
    ("GET", "/api/campaigns/{campaign}/state?at=2020-01-01T00:00:00Z", None),
    ("GET", "/api/campaigns/{campaign}/state?at=2100-01-01T00:00:00Z&as={bo}", None),
    ("GET", "/api/campaigns/{campaign}/state?eventId={nothing}", None),
    ("GET", "/api/campaigns/{campaign}/report", None),
    ("GET", "/replay/{campaign}", None),
    ("GET", "/report/{campaign}", None),
    ("POST", "/api/campaigns/{campaign}/invites", {"role": "player"}),
    ("POST", "/api/campaigns/{campaign}/map", {"version": 1}),
    ("PATCH", "/api/campaigns/{campaign}/members/{dm}", {"role": "player"}),
    ("DELETE", "/api/campaigns/{campaign}/members/{bo}", None),
    ("DELETE", "/api/campaigns/{campaign}/invites/{nothing}", None),
    ("GET", "/api/campaigns/{nothing}/map", None),
    ("POST", "/api/invites/redeem", {"token": "nonsense"}),
    ("GET", "/table?campaign={campaign}", None),
    ("GET", "/ws?campaignId={campaign}", None),
    ("GET", "/readyz", None),
)


@dataclass
class Seen:
    """All that somebody was sent, in order."""

    lines: list[str] = field(default_factory=list)

    def add(self, *lines: str) -> None:
        self.lines += lines

    def told(self) -> list[str]:
        """Ids by their order of appearance, as they are random; everything else as it is."""
        numbers: dict[str, str] = {}

        def number(found: re.Match[str]) -> str:
            return numbers.setdefault(found[0], f"<id {len(numbers):029}>")

        return [UUID.sub(number, CHANGING.sub("", line)) for line in self.lines]


@dataclass
class World:
    """A table at which the DM does things, and Pia, or somebody else, looks on."""

    table: Table
    watcher: Person
    seen: Seen = field(default_factory=Seen)
    live: Socket | None = None
    commands: int = 0

    async def carry_out(self, deed: Deed | None) -> None:
        """Returns when everybody was told what they are told of it."""
        match deed:
            case Command(undone=False):
                await self._command(deed)
            case Command():
                await self._stage_and_undo(deed)
            case Call():
                path = f"/api/campaigns/{self.table.campaign}{deed.path}"
                async with self.table.dm.http.request(deed.method, f"{self.table.url}{path}", json=deed.body) as made:
                    assert made.status in (200, 201), await made.text()
            case Look():
                await self.look(deed.back)
            case None:
                pass
        await self.listen()

    async def listen(self) -> None:
        """Takes down what came since the last time."""
        if self.live is not None:
            await self._take_down(self.live)

    async def look(self, back: int) -> None:
        """A connection more, which is closed again."""
        found = [event_id for line in self.seen.lines for event_id in re.findall(r'"eventId":"([^"]+)"', line)]
        known = sorted(set(found), key=found.index)
        last = known[-1 - back % len(known)] if known else NOT_THERE
        socket = await self.watcher.open(self.table.campaign, last)
        await self._take_down(socket)
        await socket.socket.close()

    async def ask_everything(self) -> None:
        """Every call there is, as the watcher."""
        names = {
            "campaign": self.table.campaign,
            "dm": self.table.dm.user_id,
            "bo": self.table.players["Bo"].user_id,
            "pia": self.table.players["Pia"].user_id,
            "nothing": NOT_THERE,
        }
        cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in self.watcher.http.cookie_jar)
        for method, path, body in CALLS:
            content = json.dumps(body) if body is not None else ""
            head = f"{method} {path.format(**names)} HTTP/1.1\r\nHost: x\r\nCookie: {cookies}\r\n"
            length = f"Content-Length: {len(content)}\r\n" if content else ""
            answer = await exchange(self.table.url, f"{head}{length}\r\n{content}".encode())
            # How long a session went on has more digits here and fewer there.
            self.seen.add(
                f"{method} {path}",
                LENGTH.sub("", answer.decode()) if path.split("?")[0] == SESSIONS else answer.decode(),
            )

    async def _stage_and_undo(self, command: Command) -> None:
        """Or nothing, where it would not be staged."""
        state = await self.table.dm.fresh_state(self.table.campaign)
        if state["broadcastMode"] == "staged":
            change = await self._command(command)
            await self._command(Command("staged:undo", {"changeId": change["eventId"]}))

    async def _command(self, command: Command) -> Message:
        """The answer."""
        self.commands += 1
        fields = dict(command.fields)
        if command.targets == "all":
            fields["targets"] = "all"
        elif command.targets is not None:
            fields["targets"] = {"playerIds": [self.table.players[name].user_id for name in command.targets]}
        dm, command_id = self.table.sockets["dm"], f"c{self.commands}"
        await dm.send(command.kind, **fields, id=command_id)
        return await dm.until("ack", "error", when=lambda m: m.get("id") == command_id)

    async def _take_down(self, socket: Socket) -> None:
        """Up to the answer to something that comes after all that there is now, or to the end."""
        with suppress(ConnectionError):
            await socket.send("session:start", id="mark")
        while True:
            frame = await socket.socket.receive(timeout=PATIENCE)
            if frame.type is not WSMsgType.TEXT:
                self.seen.add(f"{frame.type.name} {socket.socket.close_code} {frame.extra}")
                return
            self.seen.add(frame.data)
            if json.loads(frame.data).get("id") == "mark":
                return


@asynccontextmanager
async def a_world(url: str, database: str, who: str) -> AsyncIterator[World]:
    """Where `who` looks on: Pia, who plays along; somebody who was `removed`, a `stranger`, or `nobody`."""
    async with a_table(url, database, ("Bo", "Cy", "Pia")) as table:
        for socket in table.sockets.values():
            await socket.until("player:presence", when=lambda m: all(p["online"] for p in m["players"]))
        watcher = table.players["Pia"]
        match who:
            case "removed":
                path = f"/api/campaigns/{table.campaign}/members/{watcher.user_id}"
                await table.dm.call("DELETE", path, expect=204)
                await table.sockets["Pia"].close_code()
            case "stranger":
                watcher = await table.new_person().sign_up("Stan")
            case "nobody":
                watcher = table.new_person()
            case _:
                pass
        world = World(table, watcher)
        if who == "Pia":
            # Another tab: nobody comes and goes any more, so that no list of people is due at some moment.
            world.live = await watcher.join(table.campaign)
        yield world
