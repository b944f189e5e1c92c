"""The pages without the rest of the server, in a real browser: one of each a worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page

from tests.transport.web.chromium import a_browser
from tests.transport.web.peer import Peer, Reception
from transport.http.app_keys import SETTINGS
from transport.http.pages import add_pages
from transport.http.security import add_headers
from transport.settings import Settings


def make_app(**settings: object) -> web.Application:
    """The pages with the headers they get, and a blank page to run modules in."""
    app = web.Application()
    app[SETTINGS] = Settings(**settings)  # type: ignore[arg-type]  # the test names the settings
    app.on_response_prepare.append(add_headers)
    add_pages(app)
    app.router.add_get("/blank", _blank)
    return app


async def _blank(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>Blank</title>", content_type="text/html")


@pytest.fixture
def static() -> Path:
    """Where the files of the pages lie."""
    from transport.web.modules import FOLDER

    return FOLDER


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with a_browser() as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house() -> AsyncIterator[tuple[str, Reception]]:
    """The address of the server of this worker's pages, and who receives their WebSockets."""
    reception = Reception()
    app = make_app()
    app.router.add_get("/ws", reception.handle)
    async with TestServer(app) as server:
        yield str(server.make_url("/blank")), reception


@pytest.fixture
def peer(house: tuple[str, Reception]) -> Peer:
    """What the WebSocket of this test's page talks to."""
    house[1].peer = Peer()
    return house[1].peer


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def modules(browser: Browser, house: tuple[str, Reception]) -> AsyncIterator[Page]:
    """A page to import modules in that keep nothing between two tests."""
    async with _page(browser, house[0]) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def blank(browser: Browser, house: tuple[str, Reception], peer: Peer) -> AsyncIterator[Page]:
    """A page of this test's own."""
    async with _page(browser, house[0]) as page:
        yield page


@asynccontextmanager
async def _page(browser: Browser, address: str) -> AsyncIterator[Page]:
    # What a test waits for is evaluated in the page, which the policy of the pages rightly forbids.
    page = await browser.new_page(bypass_csp=True)
    try:
        await page.goto(address)
        yield page
    finally:
        await page.close()
