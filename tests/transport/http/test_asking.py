"""Calls wait for a connection to the database in turns: by the cookie if it was good before, else by the address."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import web

from domain.postgres.pool import MOST, ConnectionPool
from tests.transport.http.site import Answer, Browser, Site, a_site
from transport.http.app_keys import DIRECTORY, SETTINGS
from transport.websocket.admission import TurnedAway, admit


async def answered(pool: ConnectionPool, floods: list[Browser], *others: Browser) -> list[tuple[Browser, Answer]]:
    """In the order in which they are answered: 100 calls of those who flood, and then one of each of the others."""
    done: list[tuple[Browser, Answer]] = []

    async def ask(who: Browser) -> None:
        done.append((who, await who.call("GET", "/api/campaigns")))

    async with asyncio.TaskGroup() as group, AsyncExitStack() as held:
        for _ in range(MOST):
            await held.enter_async_context(pool.connection())
        for number in range(100):
            group.create_task(ask(floods[number % len(floods)]))
        await until_waiting(pool, 90)
        before = pool.waiting
        for other in others:
            group.create_task(ask(other))
        await until_waiting(pool, before + len(others))
    return done


async def until_waiting(pool: ConnectionPool, number: int) -> None:
    async with asyncio.timeout(30):
        while pool.waiting < number:  # noqa: ASYNC110 - the server's calls arrive when they do
            await asyncio.sleep(0.01)


async def test_however_many_calls_one_browser_makes_others_are_answered(site: Site) -> None:
    """They are answered among the first, whoever else waits."""
    dee, bo = await site.person("Dee"), await site.person("Bo")
    for known in (dee, bo):
        await known.call("GET", "/api/me")
    done = await answered(site.pool, [dee], bo)
    assert {answer.status for _, answer in done} == {200}
    assert [who for who, _ in done].index(bo) < 60


async def call(bo: Browser) -> None:
    assert (await bo.call("GET", "/api/me")).status == 200


async def join(bo: Browser) -> None:
    assert (await bo.call("GET", "/door")).status == 204


async def door(request: web.Request) -> web.Response:
    """Where sockets are let in, up to the campaign that is missing."""
    with pytest.raises(TurnedAway, match="campaignId"):
        await admit(request, request.app[DIRECTORY], request.app[SETTINGS])
    return web.Response(status=204)


@pytest.mark.parametrize("before", [call, join])
async def test_invented_cookies_are_one_caller(database: str, before: Callable[[Browser], Awaitable[None]]) -> None:
    """All of one address take turns with who has a good one, be it known by a call or by a socket."""
    async with a_site(database, also=[web.get("/door", door)]) as site:
        bo = await site.person("Bo")
        await before(bo)
        strangers = [await site.browser() for _ in range(10)]
        for number, stranger in enumerate(strangers):
            stranger.session.cookie_jar.update_cookies({"fogbound_session": f"invented-{number}"}, site.url)
        done = await answered(site.pool, strangers, bo)
        assert [answer.status for who, answer in done if who is bo] == [200]
        assert [who for who, _ in done].index(bo) < 60
