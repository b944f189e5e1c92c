"""A real server on a real database, for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests.end_to_end.peers import Table, a_table
from transport.server.server import running
from transport.settings import Settings

TableMaker = Callable[..., Awaitable[Table]]


@pytest.fixture
async def set_table(database: str) -> AsyncIterator[TableMaker]:
    """Starts a server with the given settings, and a campaign with a DM and the named players, who are connected."""
    async with AsyncExitStack() as stack:

        async def make(*players: str, **settings: object) -> Table:
            chosen = Settings(port=0, **{"leave_grace_seconds": 0.1, **settings})  # type: ignore[arg-type]
            url = await stack.enter_async_context(running(chosen, database))
            return await stack.enter_async_context(a_table(url, database, players))

        yield make
