"""Several servers on one database, and people at different ones of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

import transport.cluster.reconcile
from tests.end_to_end.peers import Person, Socket, Table, a_table
from transport.cluster.notifications import Notification, Notifications
from transport.server.server import running
from transport.settings import Settings

NEVER = 3600.0
"""Seconds: longer than any test."""


@dataclass
class Split:
    """A table whose DM is at one server while the players' sockets go to another."""

    table: Table
    here: str
    there: str

    async def join_there(self, person: Person) -> Socket:
        """The cookie is the host's, whatever the port."""
        person.url = self.there
        return await person.join(self.table.campaign)


SplitMaker = Callable[..., Awaitable[Split]]


@pytest.fixture
async def split(database: str) -> AsyncIterator[SplitMaker]:
    """Starts two servers with these settings; the named players are members, and connected nowhere yet."""
    async with AsyncExitStack() as stack:

        async def make(*players: str, **settings: object) -> Split:
            chosen = Settings(port=0, **{"leave_grace_seconds": 0.1, **settings})  # type: ignore[arg-type]
            here = await stack.enter_async_context(running(chosen, database))
            there = await stack.enter_async_context(running(chosen, database))
            table = await stack.enter_async_context(a_table(here, database, ()))
            for name in players:
                table.players[name] = await table.new_person().sign_up(name)
                await table.invite(table.players[name])
            return Split(table, here, there)

        yield make


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """No notification arrives."""

    async def nothing(_self: Notifications) -> AsyncIterator[Notification]:
        await asyncio.Event().wait()
        yield  # type: ignore[misc]  # never reached: it makes this an iterator

    monkeypatch.setattr(Notifications, "__aiter__", nothing)


@pytest.fixture
def quick_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers look by themselves, at everything, several times a second."""
    monkeypatch.setattr(transport.cluster.reconcile, "FOLLOW_SECONDS", 0.1)
    monkeypatch.setattr(transport.cluster.reconcile, "PEOPLE_TURNS", 1)


@pytest.fixture
def no_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers learn of each other by notifications alone."""
    monkeypatch.setattr(transport.cluster.reconcile, "FOLLOW_SECONDS", NEVER)
