"""Real browsers at a real server. All in one event loop a worker, so that one browser serves all its tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.end_to_end.browser.visitors import Visitors
from tests.end_to_end.peers import Table, a_table
from tests.transport.web.chromium import a_browser
from transport.server.server import running
from transport.settings import Settings

expect.set_options(timeout=20_000)
"""Milliseconds: what a page shows at last is judged, not how soon a busy machine shows it."""

TableMaker = Callable[..., Awaitable[Table]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with a_browser() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def people(browser: Browser) -> AsyncIterator[Visitors]:
    """Who visits the pages; at the end no page may have complained."""
    visitors = Visitors(browser)
    try:
        yield visitors
    finally:
        await visitors.leave()
    assert visitors.troubles == []


@pytest_asyncio.fixture(loop_scope="session")
async def set_table(database: str, people: Visitors) -> AsyncIterator[TableMaker]:
    """Starts a server with a campaign, its DM and players, to which the people then go."""
    async with AsyncExitStack() as stack:

        async def make(*players: str, **settings: object) -> Table:
            chosen = Settings(port=0, **{"leave_grace_seconds": 0.1, **settings})  # type: ignore[arg-type]  # the test names the settings
            people.url = await stack.enter_async_context(running(chosen, database))
            return await stack.enter_async_context(a_table(people.url, database, players))

        yield make
        # Before the server: a page whose server is gone complains, and rightly so.
        await people.leave()
