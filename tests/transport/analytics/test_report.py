"""What a report says is what is in the log."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from domain.events import Event
from domain.ids import CampaignId
from projections.people import Member
from tests.examples.programs import EXAMPLES, load
from tests.projections.analytics.histories import history
from tests.projections.postgres.kit import feed, log
from transport.analytics.report.file import report_file
from transport.analytics.report.look import day, lasting, many, percent
from transport.analytics.report.reports import Reports
from transport.database import connection_pool
from transport.rehearsal.script import read_script
from transport.web.drawing_library import CannotDraw
from transport.wire.answers import ReportDrawn


async def drawn(database: str, events: list[Event], members: list[Member] | None = None) -> ReportDrawn:
    await log(database, events)
    await feed(database)
    async with connection_pool(database) as pool:
        campaign = CampaignId(events[0].originator_id)
        return await Reports(pool).of_campaign(campaign, "Coast", {one.user_id: one for one in members or ()})


def traces(report: ReportDrawn, name: str) -> dict[str, Any]:
    """Those of a picture, by their names."""
    (section,) = [one for one in report["sections"] if one["name"] == name]
    return {trace.get("name", ""): trace for trace in section["figure"]["data"]}


async def test_the_example_evening(database: str) -> None:
    """Its numbers are those that are worked out in docs/analytics.md."""
    played = load("play_script.py")["play"](read_script(EXAMPLES / "first-evening.jsonl"))
    members = [Member(one.userId, one.name, one.role) for one in played.people.values()]
    report = await drawn(database, played.events, members)
    assert report["subtitle"] == "6 March 2026."
    assert [(one["number"], one["words"]) for one in report["numbers"]] == [
        ("2", "evenings"),
        ("30", "minutes of play"),
        ("6", "people at the table"),
        ("327", "hexes found"),
        ("9", "surprises published"),
    ]
    headings = {one["name"]: one["heading"] for one in report["sections"]}
    assert headings == {
        "evenings": "2 evenings, 30 minutes of play",
        "shown": "8 % of the hexes came as staged surprises",
        "waits": "Half of the surprises wait less than 1 minute",
        "outcomes": "27 % of what is staged is taken back",
        "terrain": "43 % of the land has been explored",
        "known": "Cy has seen most: 253 hexes",
        "attendance": "5.9 people are at the table on average",
        "map": "327 of 768 hexes have been found",
    }
    assert traces(report, "shown")["at once"]["y"] == [95, 183]
    assert traces(report, "shown")["staged"]["y"] == [9, 15]
    assert {name: one["y"][-1] for name, one in traces(report, "known").items()} == {
        "Ada": 237,
        "Bo": 236,
        "Cy": 253,
        "Dee": 235,
    }
    # What was staged between the sessions was staged for the next one.
    outcomes = traces(report, "outcomes")
    assert {name: outcomes[name]["y"] for name in ("published", "taken back", "dropped")} == {
        "published": [6, 3],
        "taken back": [3, 1],
        "dropped": [2, 0],
    }
    (there,) = traces(report, "attendance").values()
    assert there["y"] == ["Ada", "Bo", "Cy", "Dee", "Mira (DM)", "Wren (DM)"]
    assert [[round(share, 2) for share in row] for row in there["z"]][:4] == [[1, 1], [0.93, 1], [1, 1], [0.96, 0.93]]


async def test_without_names_people_go_by_their_ids(database: str) -> None:
    """And nobody's name is in it."""
    played = load("play_script.py")["play"](read_script(EXAMPLES / "first-evening.jsonl"))
    report = await drawn(database, played.events)
    assert set(traces(report, "known")) == {played.people[who].userId[:8] for who in ("ada", "bo", "cy", "dee")}
    assert b"Dee" not in report_file(report).partition(b'id="report"')[2].partition(b"</script>")[0]


async def test_what_people_wrote_is_text(database: str) -> None:
    """Markup in a name is none, nor is it a place to fill in; who share a name are two."""
    played = load("play_script.py")["play"](read_script(EXAMPLES / "first-evening.jsonl"))
    names = {"Ada": "<b>&amp;</b> %{y}", "Bo": "Zoe", "Cy": "Zoe"}
    members = [Member(one.userId, names.get(one.name, one.name), one.role) for one in played.people.values()]
    report = await drawn(database, played.events, members)
    known = traces(report, "known")
    bo, cy = (played.people[who].userId[:8] for who in ("bo", "cy"))
    assert set(known) == {"&lt;b>&amp;amp;&lt;/b> %&#123;y}", f"Zoe ({bo})", f"Zoe ({cy})", "Dee"}
    assert known["&lt;b>&amp;amp;&lt;/b> %&#123;y}"]["hovertemplate"].startswith("&lt;b>&amp;amp;&lt;/b> %&#123;y}: ")
    assert len(set(next(iter(traces(report, "attendance").values()))["y"])) == 6


async def test_any_history_can_be_drawn(database: str, seed: int) -> None:
    """Also a short one, and one that breaks off in the middle of a session."""
    random = Random(seed)
    for commands in (3, 10, 30, 300):
        events = history(random, commands, campaigns=1)
        if events:
            report = await drawn(database, events)
            assert len(report["numbers"]) == 5


async def test_a_session_that_runs_is_told_up_to_now(database: str) -> None:
    """With who is there, and without the pause that it is in."""
    begin = datetime.now(UTC) - timedelta(hours=3)
    campaign = load("played.py")["PlayedCampaign"]("Coast", begin, 1)
    campaign.enrol("dm", "Wren", "dm")
    campaign.come("dm")
    campaign.send("dm", "session:start")
    report = await drawn(database, campaign.events)
    assert [one["number"] for one in report["numbers"]][:2] == ["1", "3"]
    (there,) = traces(report, "attendance").values()
    assert [[round(share, 2) for share in row] for row in there["z"]] == [[1]]
    campaign.wait(3600)
    campaign.send("dm", "session:pause")
    report = await drawn(database, campaign.events[1:])
    evening = traces(report, "evenings")
    assert (round(evening["played"]["y"][0], 2), round(evening["paused"]["y"][0], 2)) == (1, 2)


async def test_a_session_that_began_by_a_clock_that_is_ahead_has_lasted_no_time(database: str) -> None:
    """The database compares the time of the server that started it with its own."""
    begin = datetime.now(UTC) + timedelta(hours=3)
    campaign = load("played.py")["PlayedCampaign"]("Coast", begin, 1)
    campaign.enrol("dm", "Wren", "dm")
    campaign.come("dm")
    campaign.send("dm", "session:start")
    evening = traces(await drawn(database, campaign.events), "evenings")
    assert (evening["played"]["y"][0], evening["paused"]["y"][0]) == (0, 0)
    campaign.wait(60)
    campaign.send("dm", "session:pause")
    evening = traces(await drawn(database, campaign.events[1:]), "evenings")
    assert (round(evening["played"]["y"][0]), evening["paused"]["y"][0]) == (1, 0)  # minutes


async def test_a_map_of_any_size(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are too many hexes for a picture only those are drawn that were found, if they are few enough."""
    played = load("play_script.py")["play"](read_script(EXAMPLES / "first-evening.jsonl"))
    report = await drawn(database, played.events)
    assert "not found" in traces(report, "map")
    async with connection_pool(database) as pool:
        for most, names in ((400, ["map"]), (300, [])):
            monkeypatch.setattr("transport.analytics.report.map_charts.MOST_HEXES", most)
            report = await Reports(pool).of_campaign(played.campaign, "Coast", {})
            assert [one["name"] for one in report["sections"] if one["name"] == "map"] == names
            if names:
                assert traces(report, "map")["not found"]["x"] == []
                assert "of 768 hexes" in next(one["heading"] for one in report["sections"] if one["name"] == "map")


async def test_a_campaign_in_which_nothing_happened(database: str) -> None:
    """Says so."""
    async with connection_pool(database) as pool:
        report = await Reports(pool).of_campaign(CampaignId(uuid4()), "Coast", {})
    assert (report["subtitle"], report["sections"]) == ("No session has begun yet.", [])


async def test_what_was_acknowledged_is_in_it(database: str) -> None:
    """The tables are about a second behind, and a report waits for them."""
    events = history(Random(1), 50, campaigns=1)
    await log(database, events)
    async with connection_pool(database) as pool, asyncio.TaskGroup() as group:
        drawing = group.create_task(Reports(pool).of_campaign(CampaignId(events[0].originator_id), "Coast", {}))
        await asyncio.sleep(0.3)
        await feed(database)
    assert "not in the tables" not in drawing.result()["subtitle"]


async def test_what_is_missing_is_told(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing feeds the tables it does not wait for ever."""
    monkeypatch.setattr("transport.analytics.report.reports.CATCHING_UP_SECONDS", 0.2)
    events = history(Random(1), 50, campaigns=1)
    await log(database, events)
    async with connection_pool(database) as pool:
        report = await Reports(pool).of_campaign(CampaignId(events[0].originator_id), "Coast", {})
    assert f"{len(events)} events are not in the tables yet." in report["subtitle"]


async def test_all_campaigns_together(database: str, seed: int) -> None:
    """By months; the sum of what the campaigns have."""
    await log(database, history(Random(seed), 400))
    await feed(database)
    async with connection_pool(database) as pool:
        report = await Reports(pool).of_all({})
    names = [one["name"] for one in report["sections"]]
    assert names[0] == "evenings"
    assert names[-1] == "campaigns"
    (evenings,) = [one["number"] for one in report["numbers"] if one["words"].startswith("evening")]
    (bars,) = traces(report, "campaigns").values()
    assert sum(row[0] for row in bars["customdata"]) == int(evenings)


async def test_all_of_nothing(database: str) -> None:
    """A server on which nobody has played."""
    async with connection_pool(database) as pool:
        report = await Reports(pool).of_all({})
    assert (report["subtitle"], report["sections"]) == ("No session has begun yet.", [])


async def test_without_plotly(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word on how to get it."""
    for module in [name for name in sys.modules if name.startswith(("plotly", "transport.analytics.report.content"))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "plotly", None)
    async with connection_pool(database) as pool:
        with pytest.raises(CannotDraw, match=r"pip install 'fogbound\[analysis\]'"):
            await Reports(pool).of_all({})
    with pytest.raises(CannotDraw):
        report_file({})


def test_a_file_holds_nothing_that_could_run(tmp_path: Path) -> None:
    """A name that is markup stays a name."""
    title = "</script><script>alert(1)</script>"
    body = report_file({"title": title, "subtitle": "", "numbers": [], "sections": []})
    assert title.encode() not in body
    assert b"\\u003c/script>\\u003cscript>alert(1)" in body


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (59, "59 seconds"),
        (90, "1.5 minutes"),
        (3600, "1 hour"),
        (200_000, "2.3 days"),
    ],
)
def test_how_times_are_said(seconds: float, told: str) -> None:
    """To about two digits."""
    assert lasting(seconds) == told


def test_how_numbers_are_said() -> None:
    """In the forms that people use."""
    assert lasting(1_500_000, in_days=False) == "417 hours"
    assert (many(1, "hex", "hexes"), many(2_000, "hex", "hexes"), many(2, "event")) == (
        "1 hex",
        "2,000 hexes",
        "2 events",
    )
    assert (percent(1, 3), percent(0, 0)) == ("33 %", "0 %")
    assert day(datetime(2026, 3, 1, tzinfo=UTC)) == "1 March 2026"
