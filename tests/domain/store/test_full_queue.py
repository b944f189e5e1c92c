"""PostgreSQL's queue of notifications is full, since somebody listens and keeps a transaction open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from domain.ids import UserId
from domain.postgres import PostgresStore
from migrations.embedded.server import EmbeddedServer
from migrations.runner import migrate
from tests.domain.store.streams import a_campaign, reveal, stored
from transport import metrics
from transport.accounts import Directory
from transport.accounts.authority import OPERATOR
from transport.analytics.warden import end_lingering
from transport.cli.doctor.checks import examine
from transport.cluster.lease import Lease
from transport.cluster.membership import ClusterMembership
from transport.database import connection_pool


@pytest.fixture
def full(tmp_path: Path) -> Iterator[str]:
    """The URL of a database in whose cluster nobody can notify any more."""
    with EmbeddedServer.start(tmp_path, fsync=False) as server:
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as owner:
            owner.execute("alter system set max_notify_queue_pages = 64")
    with (
        EmbeddedServer.start(tmp_path, fsync=False) as server,
        psycopg.connect(server.url) as listener,
        psycopg.connect(server.url, autocommit=True) as somebody,
    ):
        listener.execute("listen anything")
        listener.commit()
        listener.execute("select 1")
        with pytest.raises(psycopg.errors.ProgramLimitExceeded):
            fill_queue(somebody)
        yield server.url


def fill_queue(connection: psycopg.Connection) -> None:
    """Until it is refused."""
    while True:
        connection.execute("select pg_notify('anything', repeat('x', 7000) || gen_random_uuid())")


async def test_everything_is_stored_all_the_same(full: str) -> None:
    """Events, members, sign-outs, and who is where: those who follow look by themselves."""
    campaign = a_campaign()
    async with PostgresStore(full) as store, connection_pool(full) as pool:
        await store.append([event := reveal(campaign, 1)])
        await store.check()
        assert await stored(store, campaign) == [event]
        directory = Directory(pool)
        dee = await directory.create_person("Dee")
        coast = await directory.create_campaign("Coast", dee, by=OPERATOR)
        invite = await directory.create_invite(coast, "player", by=OPERATOR)
        ada = (await directory.redeem(invite.token, None, "Ada")).user_id
        await directory.change_role(coast, ada, "dm", by=OPERATOR)
        await directory.remove_members(coast, [ada], by=OPERATOR)
    membership = ClusterMembership(full, Lease(5))
    await membership.stay_alive()
    membership.came(coast, UserId(dee))
    await membership._write()
    await membership.retire()


async def test_operators_are_told(full: str) -> None:
    """By a metric and by the doctor: the queue fills long before anybody notices by themselves."""
    metrics.NOTIFICATION_QUEUE.set(0)
    async with connection_pool(full) as pool:
        await end_lingering(pool, longest_seconds=300)
    (sample,) = next(iter(metrics.NOTIFICATION_QUEUE.collect())).samples
    assert 0.75 < sample.value <= 1
    told = {finding.what: finding for finding in await examine(full)}
    assert (told["line"].verdict, told["notifications"].verdict) == ("look", "look")
    assert told["line"].said == "could not be tried: nobody can notify while the queue is full"
    assert told["notifications"].said.startswith(f"their queue is {sample.value:.0%} full: end whoever listens")
