"""A database that takes no changes, as a standby: whatever is only read is answered as before."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

import transport.history.past
from projections import snapshots
from tests.conftest import database_name
from tests.domain.scenario import CAMPAIGN
from tests.transport.history.test_answering import an_evening
from tests.transport.http.site import Site
from tests.transport.http.test_every_route import path_of
from transport.http.routes import ROUTES

READS = [route for route in ROUTES if route.method == "GET"]
ABOUT_COMMITS = "/readyz"


def let_it_take_changes(database: str, *, takes_them: bool) -> None:
    """For connections that begin from now on; those that there were are ended."""
    name = database_name(database)
    with psycopg.connect(f"{database}&options=-c%20default_transaction_read_only%3Doff", autocommit=True) as sql:
        setting = SQL("off" if takes_them else "on")
        sql.execute(SQL("alter database {} set default_transaction_read_only = {}").format(Identifier(name), setting))
        sql.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = %s and pid <> pg_backend_pid()",
            [name],
        )


def kept(database: str) -> int:
    with psycopg.connect(database) as sql:
        [(count,)] = sql.execute("select count(*) from keyframe").fetchall()
    return int(count)


async def test_all_reads_are_answered(site: Site, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same as when it takes changes, though nothing that was folded can be kept for the next one who asks."""
    monkeypatch.setattr(snapshots, "SPACING", 5)
    monkeypatch.setattr(transport.history.past, "OFTEN_SPACING", 1)
    dm, evening = await site.person("Dee"), await an_evening()
    for event in evening.events:
        await site.store.append([event])
    with psycopg.connect(database) as sql:
        sql.execute("insert into campaign (campaign_id, name) values (%s, 'Fog')", [CAMPAIGN])
        sql.execute("insert into member (campaign_id, person_id, role) values (%s, %s, 'dm')", [CAMPAIGN, dm.user_id])
    path, moment = f"/api/campaigns/{CAMPAIGN}", evening.events[40].timestamp.strftime("%Y-%m-%dT%H:%M:%SZ")
    asked = [
        *(path_of(route, path) for route in READS if route.path != ABOUT_COMMITS),
        f"{path}/state?at={moment}",
        f"{path}/state?eventId={evening.events[50].event_id}",
        f"{path}/sessions/2/timeline",
    ]
    let_it_take_changes(database, takes_them=False)
    answers = {path: await dm.call("GET", path) for path in asked}
    assert kept(database) == 0
    let_it_take_changes(database, takes_them=True)
    for path, answer in answers.items():
        again = await dm.call("GET", path)
        assert (answer.status, answer.raw) == (again.status, again.raw), path
        assert answer.status < 500, (path, answer.raw)
    assert [answers[path].status for path in asked[-3:]] == [200, 200, 200]
    assert kept(database) > 0
