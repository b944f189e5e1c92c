"""A DM at all servers at once, who sends each command to several of them and looks whether they tell one story."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

import aiohttp

from tests.end_to_end.peers import Closed, Person, Socket
from tests.faults.histories import Answer, History, Outcome, View

ANSWER_SECONDS = 0.3
"""How long at most until the same command goes to the next server, whether there was an answer or not."""

RETRY_SECONDS = 0.05
ASKED_AGAIN = 50
"""Commands of any age that are sent again when the fault is over."""

LOST = (aiohttp.ClientError, OSError, Closed, TimeoutError)
UNDECIDED = {"unavailable", "dm_only"}
"""Answers that use up no id."""

REFUSABLE = ("session:start", "session:pause", "session:resume", "session:end", "broadcast:publish")
"""Whether they are refused depends on what happened just before."""


class Prober:
    """Of one campaign. `history` holds what it was told, by the clock of the event loop."""

    def __init__(self, campaign: str, at: Sequence[Person], random: Random) -> None:
        """`at` is the same person at each server."""
        self.campaign = campaign
        self.history = History()
        self._at = at
        self._random = random
        self._clock = asyncio.get_running_loop().time
        self._sockets: dict[int, Socket] = {}
        self._sent: dict[str, dict[str, Any]] = {}
        self._undecided: set[str] = set()

    async def play(self, over: asyncio.Event) -> None:
        """Until it is over; then what has no outcome yet is sent again until it has one, and some of the others too."""
        listening = [asyncio.create_task(self._listen(server)) for server in range(len(self._at))]
        try:
            while not over.is_set():
                await self._probe(self._new_command())
                await self._look()
            for command in self._random.sample(sorted(self._sent), min(ASKED_AGAIN, len(self._sent))):
                await self._probe(command)
            while self._undecided:
                await self._probe(self._random.choice(sorted(self._undecided)))
            await self._look()
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)

    def _new_command(self) -> str:
        number = len(self._sent)
        command = f"p{number:05}"
        if self._random.random() < 0.5:
            self._sent[command] = {"type": self._random.choice(REFUSABLE), "id": command}
        else:
            key = f"{number},0"
            self.history.reveals[command] = key
            self._sent[command] = {"type": "hex:reveal", "id": command, "hexKeys": [key], "targets": "all"}
        self._undecided.add(command)
        return command

    async def _probe(self, command: str) -> None:
        """Sends a command to two servers, one after the other, without waiting long for an answer."""
        for server in self._random.sample(range(len(self._at)), 2):
            socket = self._sockets.get(server)
            if socket is not None and not socket.socket.closed:
                with suppress(*LOST):
                    await socket.send(**_as_arguments(self._sent[command]))
            await asyncio.sleep(self._random.uniform(0, ANSWER_SECONDS / 10))

    async def _look(self) -> None:
        """Comes to a server as somebody new, or fetches the map."""
        server = self._random.randrange(len(self._at))
        person, asked_at = self._at[server], self._clock()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if self._random.random() < 0.5:
                    hexes = (await person.fresh_state(self.campaign))["revealedHexes"]
                else:
                    found = await person.call("GET", f"/api/campaigns/{self.campaign}/map")
                    hexes = [one["key"] for one in found["hexes"]]
        except (*LOST, AssertionError):  # not now: there is a fault
            return
        self.history.views.append(View(server, asked_at, frozenset(hexes)))

    async def _listen(self, server: int) -> None:
        while True:
            try:
                async with asyncio.timeout(5):
                    socket = await self._at[server].join(self.campaign)
                self._sockets[server] = socket
                while True:
                    self._hear(server, await _next(socket))
            except LOST:
                self._sockets.pop(server, None)
                await asyncio.sleep(RETRY_SECONDS)

    def _hear(self, server: int, message: dict[str, Any]) -> None:
        command = message.get("id")
        if command is None or message.get("code") in UNDECIDED:
            return
        match message["type"]:
            case "ack":
                outcome = Outcome("executed", message["eventId"])
            case "error":
                outcome = Outcome("refused", message["code"])
            case _:
                return
        self._undecided.discard(command)
        self.history.answers.append(Answer(command, server, self._clock(), outcome))


@asynccontextmanager
async def a_prober(urls: Sequence[str], random: Random) -> AsyncIterator[Prober]:
    """A new campaign of a new person, who is at each of the servers with the same cookie."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True), cookie_jar=aiohttp.CookieJar(unsafe=True)
    ) as http:
        dm = await Person(urls[0], http).sign_up("Probe")
        made = await dm.call("POST", "/api/campaigns", {"name": "Probe"}, expect=201)
        yield Prober(made["campaignId"], [Person(url, http, dm.user_id) for url in urls], random)


async def _next(socket: Socket) -> dict[str, Any]:
    """Without a limit of time: a quiet table says nothing."""
    frame = await socket.socket.receive()
    if frame.type is not aiohttp.WSMsgType.TEXT:
        raise Closed(socket.socket.close_code)
    return frame.json()  # type: ignore[no-any-return]


def _as_arguments(message: dict[str, Any]) -> dict[str, Any]:
    return {("type_" if key == "type" else key): value for key, value in message.items()}
