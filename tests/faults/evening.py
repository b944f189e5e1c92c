"""People who play without a plan, while a ledger is kept of what they asked for and what they were told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from domain.ids import UserId
from projections.people import Role
from tests.faults.ledger import Ledger
from transport.client import Client
from transport.client.errors import ClientError, CommandRefused
from transport.rehearsal.company import Actor, Company
from transport.rehearsal.lines import Cast

HANDS = 3
"""Of the DM: commands that are under way at once."""

PAUSE_SECONDS = 0.02
"""On average, from an answer to the next command of the same hand."""

IMPATIENT = 0.15
"""The share of the commands whose sender soon stops waiting, and never learns what became of them."""

FICKLE = 0.02
"""How often, before a command, the DM gives Bo another role."""

FASTER = 5.0
"""How much faster than usual clients come back: there are many faults to get through."""

PARTS = (
    Cast(number=1, cast="dm", name="Dee", role="dm"),
    Cast(number=2, cast="ada", name="Ada", role="player"),
    Cast(number=3, cast="bo", name="Bo", role="player"),
)


@dataclass
class Evening:
    """One campaign, with its own people."""

    company: Company
    ledger: Ledger
    random: Random
    refusals: Counter[str] = field(default_factory=Counter)

    async def play(self, over: asyncio.Event) -> None:
        """Until it is over; returns when every command has its answer, but those that nobody waits for."""
        async with asyncio.TaskGroup() as hands:
            for _ in range(HANDS):
                hands.create_task(self._play(over))

    async def listen(self) -> None:
        """Keeps the ledger of what all are told; to be cancelled."""
        async with asyncio.TaskGroup() as ears:
            for actor in self.company.actors.values():
                ears.create_task(_listen(actor.client, self.ledger))

    async def _play(self, over: asyncio.Event) -> None:
        while not over.is_set():
            if self.random.random() < FICKLE:
                await self._turn_bo()
            patience = self.random.uniform(0, 0.02) if self.random.random() < IMPATIENT else None
            try:
                async with asyncio.timeout(patience):
                    await self._command(*self._anything())
            except TimeoutError:
                pass  # stays unanswered in the ledger
            await asyncio.sleep(self.random.expovariate(1 / PAUSE_SECONDS))

    async def _turn_bo(self) -> None:
        """From player to DM, or back; with a fault under way it may not happen."""
        with suppress(ClientError):
            role: Role = "player" if self.company.actors["bo"].leads else "dm"
            await self.company.dm.client.change_role(self.company.campaign, self.company.actors["bo"].user_id, role)

    async def _command(self, kind: str, fields: dict[str, Any]) -> None:
        # The client asks for the id at once, before anybody else can.
        command_id = self.ledger.ask()
        try:
            event_id = await self.company.dm.client.send(kind, **fields)
        except CommandRefused as refused:
            self.ledger.refuse(command_id)
            self.refusals[refused.code] += 1
        else:
            self.ledger.acknowledge(command_id, event_id)

    def _anything(self) -> tuple[str, dict[str, Any]]:
        random = self.random
        match random.randrange(20):
            case 0:
                return random.choice(("session:start", "session:pause", "session:resume", "session:end")), {}
            case 1 | 2:
                return "broadcast:mode", {"mode": random.choice(("staged", "immediate"))}
            case 3:
                return "broadcast:publish", {}
            case 4:
                return "staged:undo", {"index": random.randrange(3)}
            case 5 if staged := self.company.dm.client.state.staged:
                return "staged:undo", {"changeId": random.choice(staged)["id"]}
            case number if number < 14:
                return "hex:reveal", {"hexKeys": self._hexes(), "targets": self._targets()}
            case _:
                terrain = random.choice(("swamp", "forest", "sea"))
                return "hex:update", {"changes": [{"key": key, "terrain": terrain} for key in self._hexes()]}

    def _hexes(self) -> list[str]:
        return [f"{self.random.randrange(12)},{self.random.randrange(12)}" for _ in range(self.random.randint(1, 3))]

    def _targets(self) -> Any:
        if self.random.random() < 0.5:
            return "all"
        return {"playerIds": [self.random.choice([*self.company.actors.values()]).user_id]}


@asynccontextmanager
async def an_evening(url: str, random: Random) -> AsyncIterator[Evening]:
    """A new campaign with everybody at the table."""
    ledger = Ledger()

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / FASTER)

    async with AsyncExitStack() as clients:

        async def actor(part: Cast) -> Actor:
            client = Client(url, new_id=lambda: ledger.last_asked, random=random.random, sleep=sleep)
            return Actor(part, await clients.enter_async_context(client), UserId(""))

        company = Company({part.cast: await actor(part) for part in PARTS}, campaign="", invite="")
        await company.open("Faults", None)
        evening = Evening(company, ledger, random)
        async with asyncio.TaskGroup() as beside:
            listening = beside.create_task(evening.listen())
            yield evening
            listening.cancel()


async def _listen(client: Client, ledger: Ledger) -> None:
    last: object = None

    def note_news(_: object) -> bool:
        nonlocal last
        for message in reversed(client.messages):
            if message is last:
                break
            if event_id := message.get("eventId"):
                ledger.told.add(str(event_id))
        else:
            assert last is None, "more came at once than a client keeps"
        last = client.messages[-1] if client.messages else None
        return False

    await client.until(note_news)
