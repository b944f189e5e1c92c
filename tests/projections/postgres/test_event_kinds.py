"""Feeders of two versions take turns: the older one leaves a campaign of which it does not know all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest
from structlog.testing import capture_logs

from domain.event_codec import EVENT_CLASSES, KINDS
from domain.events import Event, HexesRevealed
from domain.ids import CampaignId
from projections.analytics import PROJECTIONS
from projections.postgres.feeder import Feeder, feeding_connection
from projections.postgres.log_reader import Batch
from projections.postgres.rebuild import rebuild
from tests.domain.store.streams import a_campaign, reveal
from tests.projections.postgres.kit import NAMES, checkpoints, damage, feed, head, log, set_aside


class HexesUnveiled(HexesRevealed):
    TOPIC = "hexes_unveiled"


LATER = [replace(one, topics=one.topics | {HexesUnveiled.TOPIC}) for one in PROJECTIONS]


@contextmanager
def newer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In this block the program knows a fourteenth event."""
    with monkeypatch.context() as known:
        known.setitem(EVENT_CLASSES, HexesUnveiled.TOPIC, HexesUnveiled)
        known.setattr("projections.postgres.event_kinds.KINDS", KINDS | {"hexes_unveiled.v1"})
        known.setattr("projections.postgres.rebuild.PROJECTIONS", LATER)
        known.setattr(Feeder.__init__, "__kwdefaults__", {"projections": LATER})
        yield


def unveil(campaign: CampaignId, version: int) -> Event:
    return HexesUnveiled(**reveal(campaign, version).model_dump())


def rows(database: str, campaign: CampaignId) -> list[int]:
    """The versions of the events of which the table of reveals has rows."""
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "select distinct version from analytics.reveal join event_log using (event_id)"
            " where reveal.campaign_id = %s order by version",
            [campaign],
        ).fetchall()
    return [version for (version,) in found]


def held_kinds(database: str) -> dict[UUID, str]:
    with psycopg.connect(database) as connection:
        return dict(connection.execute("select campaign_id, kind from analytics_tables.later_kind").fetchall())


async def test_what_the_newer_one_has_fed_is_not_built_upon(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of them is first, and also after a start: no row of the older one follows what it does not know."""
    campaign, other = a_campaign(), a_campaign()
    await log(database, [reveal(campaign, 1), unveil(campaign, 2), reveal(other, 1)])
    with capture_logs() as said:
        await feed(database)
    assert [line["event"] for line in said] == ["campaign left to newer servers for analysts"]
    assert (rows(database, campaign), rows(database, other)) == ([1], [1])
    ((version, why),) = set_aside(database).values()
    assert version == 1
    assert why.startswith("event 2, a hexes_unveiled: NewerEvent: ")
    with newer(monkeypatch):
        await feed(database, projections=LATER)
    assert (set_aside(database), rows(database, campaign)) == ({}, [1, 2])
    assert held_kinds(database) == {campaign: "hexes_unveiled.v1"}

    await log(database, [reveal(campaign, 3)])
    for _start in range(2):
        await feed(database)
        assert rows(database, campaign) == [1, 2]
        ((version, why),) = set_aside(database).values()
        assert (version, why) == (
            2,
            "event 3, a hexes_revealed: NewerEvent: the tables hold hexes_unveiled.v1 of this campaign",
        )
    assert checkpoints(database) == dict.fromkeys(NAMES, (head(database), None))
    with newer(monkeypatch):
        await feed(database, projections=LATER)
    assert (set_aside(database), rows(database, campaign)) == ({}, [1, 2, 3])


async def test_it_says_so_once(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the newer one takes the campaign up in between, again and again."""
    campaign = a_campaign()
    with capture_logs() as said:
        async with feeding_connection(database) as connection:
            older = Feeder(connection, Batch(10, 400))
            for version in range(1, 6):
                await log(database, [unveil(campaign, version)])
                while await older.step():
                    pass
                with newer(monkeypatch):
                    await feed(database, projections=LATER)
                assert set_aside(database) == {}
    assert [line["log_level"] for line in said if "left to newer" in line["event"]] == ["warning"]


async def test_a_rebuild_keeps_to_it_too(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an older program it ends before the event; by a newer one it notes the event anew."""
    campaign = a_campaign()
    await log(database, [reveal(campaign, 1), unveil(campaign, 2), reveal(campaign, 3)])
    await rebuild(database, lambda _done, _total: None)
    assert (rows(database, campaign), held_kinds(database)) == ([1], {})
    assert set_aside(database).keys() == {campaign}
    with newer(monkeypatch):
        await rebuild(database, lambda _done, _total: None)
    assert (set_aside(database), rows(database, campaign)) == ({}, [1, 2, 3])
    assert held_kinds(database) == {campaign: "hexes_unveiled.v1"}
    await rebuild(database, lambda _done, _total: None)
    assert (rows(database, campaign), held_kinds(database)) == ([1], {})


async def test_a_newer_shape_that_no_table_reads_counts_too(database: str) -> None:
    """What it means for the tables is not known here."""
    campaign = a_campaign()
    unread = reveal(campaign, 1)
    await log(database, [unread, reveal(campaign, 2)])
    damage(database, unread, "type = 'broadcast_mode_changed', schema_version = 2")
    await feed(database)
    assert rows(database, campaign) == []
    assert set_aside(database).keys() == {campaign}


async def test_a_field_that_is_not_known_counts_too(database: str) -> None:
    """The event is whole, and for a newer program."""
    campaign = a_campaign()
    later = reveal(campaign, 1)
    await log(database, [later])
    damage(database, later, 'data = data || \'{"tier": "seen"}\'')
    with capture_logs() as said:
        await feed(database)
    assert [line["event"] for line in said] == ["campaign left to newer servers for analysts"]
    ((_, why),) = set_aside(database).values()
    assert "unknown field tier" in why
