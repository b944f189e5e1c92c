"""What is heard over the connection that listens."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import psycopg

from domain.ids import CampaignId
from tests.access import access_of
from transport.nodes.hints import Hints, LogGrew, MembersChanged, Missed, SignedOut


async def test_what_others_say_is_heard_and_what_we_say_ourselves_is_not(database: str) -> None:
    """Each notification becomes the hint that it is; those of our own appends wake nobody."""
    access = access_of(database)
    one, other, own_node = CampaignId(uuid4()), CampaignId(uuid4()), uuid4()
    async with (
        await psycopg.AsyncConnection.connect(database, autocommit=True) as ours,
        await psycopg.AsyncConnection.connect(database, autocommit=True) as theirs,
    ):
        hints = aiter(Hints(database, lambda: ours.info.backend_pid, own_node))
        assert await anext(hints) == Missed()
        for said in (f"{one},{other}", "", str(one)):
            await ours.execute("select pg_notify(%s, %s)", (access.channel("events"), said))
        await theirs.execute("select pg_notify(%s, %s)", (access.channel("events"), f"{one},{other}"))
        await theirs.execute("select pg_notify(%s, '')", (access.channel("events"),))
        await ours.execute("select pg_notify(%s, %s)", (access.channel("members"), f"{one},7"))
        await theirs.execute("select pg_notify(%s, %s)", (access.channel("sign_outs"), b"\x01\xff".hex()))
        await theirs.execute("select pg_notify(%s, 'nobody')", (access.channel("members"),))
        async with asyncio.timeout(10):
            heard = [await anext(hints) for _ in range(5)]
        assert heard == [
            LogGrew((one, other)),
            LogGrew(None),
            MembersChanged(one, 7),
            SignedOut(b"\x01\xff"),
            Missed(),
        ]
        await hints.aclose()  # type: ignore[attr-defined]  # an async generator has it
