"""Looking back over HTTP: what each may see of the past, and how it is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import AnyCommand, RecordArrival
from domain.decide import CommandContext
from domain.events import Event
from domain.ids import CampaignId, UserId
from tests.domain.scenario import END, IMMEDIATE, PAUSE, PUBLISH, RESUME, STAGED, START, reveal, update
from tests.transport.http.site import Answer, Browser, Site

SECOND = timedelta(seconds=1)


class Played:
    """A campaign with a DM and two players, to which commands happen one second apart, from an hour from now on."""

    def __init__(self, site: Site, path: str, dm: Browser, ada: Browser, bo: Browser) -> None:
        self.path, self.dm, self.ada, self.bo = path, dm, ada, bo
        self.events: list[Event] = []
        self.now = datetime.now(UTC) + timedelta(hours=1)
        self._site = site
        self._campaign = CampaignId(UUID(path.rpartition("/")[2]))
        self._aggregate = SessionAggregate.at(self._campaign)
        self._context = CommandContext(players={ada.user_id, bo.user_id}, max_staged=1_000)

    @classmethod
    async def at(cls, site: Site) -> Played:
        dm = await site.person("Dee")
        path = await site.campaign(dm)
        return cls(site, path, dm, await site.member(dm, path, "Ada"), await site.member(dm, path, "Bo"))

    async def give(self, *commands: AnyCommand) -> None:
        for command in commands:
            self.now += SECOND
            happened = self._aggregate.handle(command, self._context, CommandMetadata(self.dm.user_id, self.now, uuid4))
            await self._site.store.append(happened)
            self.events += happened

    async def timeline(self, who: Browser, number: int = 1, /, **query: Any) -> list[dict[str, Any]]:
        answer = await who.call("GET", f"{self.path}/sessions/{number}/timeline", params=query)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/x-ndjson"), answer.raw
        return [json.loads(line) for line in answer.raw.splitlines()]

    async def state(self, who: Browser, **query: str) -> Any:
        answer = await who.call("GET", f"{self.path}/state", params=query)
        assert answer.status == 200, answer.raw
        return answer.content

    async def sessions(self, who: Browser, **query: str) -> list[dict[str, Any]]:
        answer = await who.call("GET", f"{self.path}/sessions", params=query)
        assert answer.status == 200, answer.raw
        found: list[dict[str, Any]] = answer.content["sessions"]
        return found


def sentences(lines: Sequence[dict[str, Any]]) -> list[str]:
    return [line["sentence"] for line in lines if "sentence" in line]


async def an_evening(site: Site) -> Played:
    """Preparation, a session with a pause and a publish, and preparation for the next."""
    played = await Played.at(site)
    ada = played.ada.user_id
    await played.give(
        update(q1r1="forest", q2r2="lava"),
        START,
        RecordArrival(ada),
        reveal("1,1", to=[ada]),
        PAUSE,
        STAGED,
        reveal("2,2"),
        update(q1r1="swamp"),
        RESUME,
        PUBLISH,
        IMMEDIATE,
        END,
        update(q3r3="water"),
    )
    return played


async def test_a_dm_reads_the_whole_evening(site: Site) -> None:
    """Each event has a line with its kind, who did it, when, and a plain sentence."""
    played = await an_evening(site)
    start, *lines = await played.timeline(played.dm)
    assert start["recordedAt"] is None
    assert start["state"]["type"] == "session:state"
    assert start["state"]["terrain"] == []
    assert sentences(lines) == [
        "Dee set 2 hexes to forest and lava",
        "Dee started session 1, with nobody else at the table",
        "Ada came to the table",
        "Dee revealed 1 hex to Ada",
        "Dee paused the session",
        "Dee began to stage changes",
        "Dee staged: reveal 1 hex to all players",
        "Dee staged: set 1 hex to swamp",
        "Dee resumed the session",
        "Dee published 2 changes",
        "Dee went back to showing at once",
        "Dee ended the session",
    ]
    assert [line["eventId"] for line in lines] == [str(event.event_id) for event in played.events[:-1]]
    assert [line["type"] for line in lines] == [event.TOPIC for event in played.events[:-1]]
    assert {line["actor"] for line in lines} == {played.dm.user_id}
    assert datetime.fromisoformat(lines[0]["recordedAt"]) == played.events[0].timestamp


async def test_a_player_reads_what_that_player_was_told(site: Site) -> None:
    """No line, kind or doer of what was hidden; the own view needs no asking for."""
    played = await an_evening(site)
    start, *lines = await played.timeline(played.ada)
    assert sentences(lines) == [
        "The session started",
        "1 hex revealed to you",
        "The session was paused",
        "The DM began to prepare",
        "The session went on",
        "1 hex changed; 1 hex revealed to you",
        "The DM is done preparing",
        "The session ended",
    ]
    assert [start, *lines] == await played.timeline(played.ada, **{"as": str(played.ada.user_id)})
    assert all(set(line) == {"eventId", "recordedAt", "sentence", "messages"} for line in lines)
    raw = json.dumps([start, *lines])
    assert "3,3" not in raw
    assert "water" not in raw
    assert "staged" not in raw
    assert "2,2" not in json.dumps(lines[:5])
    assert lines[1]["messages"] == [
        {
            "type": "hex:revealed",
            "hexKeys": ["1,1"],
            "terrain": [{"key": "1,1", "terrain": "forest"}],
            "eventId": lines[1]["eventId"],
        }
    ]


async def test_a_dm_reads_what_a_player_was_told(site: Site) -> None:
    """The same bytes as the player gets, also of one who never came."""
    played = await an_evening(site)
    last = {"at": played.now.isoformat()}
    for player in (played.ada, played.bo):
        asked: dict[str, str] = {"as": player.user_id}
        (start, *lines), (as_told, *own) = await played.timeline(played.dm, **asked), await played.timeline(player)
        assert (start["state"], lines) == (as_told["state"], own)
        # Of a member's own past the beginning is the joining.
        assert start["recordedAt"] is None
        assert datetime.fromisoformat(as_told["recordedAt"]) < played.events[0].timestamp
        assert await played.state(played.dm, **asked, **last) == await played.state(player, **last)
        assert await played.sessions(played.dm, **asked) == await played.sessions(player)


async def test_the_state_of_a_moment(site: Site) -> None:
    """After an event, or after the last one by a time: what the one who asks knew then."""
    played = await an_evening(site)
    paused = next(event for event in played.events if event.TOPIC == "session_paused")
    for moment in (
        {"eventId": str(paused.event_id)},
        {"at": paused.timestamp.isoformat()},
        {"at": (paused.timestamp + SECOND / 2).isoformat()},
    ):
        knows = {who: await played.state(played.dm, **{"as": who}, **moment) for who in ("dm", played.ada.user_id)}
        assert [state["status"] for state in knows.values()] == ["paused", "paused"]
        assert knows["dm"]["terrain"] == [{"key": "1,1", "terrain": "forest"}, {"key": "2,2", "terrain": "lava"}]
        assert knows["dm"]["reveals"] == [{"key": "1,1", "to": [played.ada.user_id]}]
        assert knows[played.ada.user_id]["terrain"] == [{"key": "1,1", "terrain": "forest"}]
        assert await played.state(played.ada, **moment) == knows[played.ada.user_id]
        assert (await played.state(played.bo, **moment))["revealedHexes"] == []
    then = paused.timestamp.astimezone(timezone(timedelta(seconds=30)))
    assert await played.state(played.ada, at=then.isoformat()) == await played.state(
        played.ada, at=paused.timestamp.isoformat()
    )
    odd = paused.timestamp.astimezone(timezone(timedelta(hours=24, microseconds=-1)))
    assert (await played.state(played.ada, at=odd.isoformat()))["status"] == "paused"
    before = await played.state(played.dm, at="2020-01-01T00:00:00Z")
    assert (before["status"], before["terrain"]) == ("waiting", [])


async def test_the_figures_of_sessions(site: Site) -> None:
    """A session with its preparation, and what is prepared for the next, as far as one was told."""
    played = await an_evening(site)
    first, prepared = await played.sessions(played.dm)
    assert first == {
        "sessionId": str(played.events[1].session_id),
        "number": 1,
        "status": "ended",
        "startedAt": played.events[1].timestamp.isoformat().replace("+00:00", "Z"),
        "endedAt": played.events[-2].timestamp.isoformat().replace("+00:00", "Z"),
        "activeSeconds": 6,
        "pausedSeconds": 4,
        "events": 12,
        "players": [played.ada.user_id],
        "hexesRevealed": 2,
    }
    assert prepared["sessionId"] is prepared["startedAt"] is prepared["endedAt"] is None
    assert (prepared["number"], prepared["status"], prepared["events"]) == (2, "waiting", 1)
    assert [(one["events"], one["hexesRevealed"]) for one in await played.sessions(played.ada)] == [(8, 2)]
    assert [(one["events"], one["hexesRevealed"]) for one in await played.sessions(played.bo)] == [(8, 1)]
    # Ada was told of everything but her own arrival, and was there all the same.
    assert [one["players"] for one in await played.sessions(played.ada)] == [[played.ada.user_id]]
    await played.give(reveal("3,3"), START, reveal("1,1"))
    assert [(one["events"], one["hexesRevealed"]) for one in await played.sessions(played.dm)] == [(12, 2), (4, 1)]
    assert [(one["events"], one["hexesRevealed"]) for one in await played.sessions(played.bo)] == [(8, 1), (3, 2)]


async def test_sessions_follow_each_other(site: Site) -> None:
    """The second timeline begins with what was known when the first had ended, and what is prepared can be read too."""
    played = await an_evening(site)
    (start, *lines) = await played.timeline(played.dm, 2)
    assert datetime.fromisoformat(start["recordedAt"]) == played.events[-2].timestamp
    assert {place["key"] for place in start["state"]["terrain"]} == {"1,1", "2,2"}
    assert sentences(lines) == ["Dee set 1 hex to water"]
    assert sentences(await played.timeline(played.ada, 2)) == []


async def test_part_of_a_timeline(site: Site) -> None:
    """From an event on, and no more than is wanted: the rest of the whole one."""
    played = await an_evening(site)
    for who in (played.dm, played.ada):
        _, *lines = await played.timeline(who)
        for n, line in enumerate(lines):
            start, *rest = await played.timeline(who, **{"from": line["eventId"]})
            assert rest == lines[n + 1 :]
            assert start == {
                "state": await played.state(who, eventId=line["eventId"]),
                "recordedAt": line["recordedAt"],
            }
            assert (await played.timeline(who, limit=str(n + 1)))[1:] == lines[: n + 1]


async def test_keyframes_stand_at_every_500th_own_line(site: Site) -> None:
    """Their places say nothing of how much was hidden, and each is the state of its moment."""
    played = await Played.at(site)
    bo = played.bo.user_id
    for n in range(1_100):
        await played.give(reveal(f"{n},0"))
        if n % 3 == 0:
            await played.give(reveal(f"{n},1", to=[bo]))
    for who, keyframes in ((played.ada, [501, 1002]), (played.dm, [501, 1002]), (played.bo, [501, 1002])):
        lines = await played.timeline(who)
        assert [n for n, line in enumerate(lines) if set(line) == {"state"}] == keyframes
        for n in keyframes:
            assert lines[n]["state"] == await played.state(who, eventId=lines[n - 1]["eventId"])
    assert len(await played.timeline(played.dm)) == 1 + 1_100 + 367 + 2
    assert len(await played.timeline(played.ada, limit="500")) == 501
    assert len(await played.timeline(played.ada, limit="501")) == 503


async def test_the_past_of_a_player_begins_with_the_joining(site: Site, database: str) -> None:
    """What a hex looked like before, and when something hidden happened last, is not told to who came later."""
    played = await an_evening(site)
    await played.give(START, update(q1r1="desert"), update(q3r3="lava"))
    joined = played.now + SECOND / 2
    with psycopg.connect(database) as connection:
        connection.execute("update member set joined_at = %s where person_id = %s", (joined, played.ada.user_id))
    await played.give(update(q1r1="arctic"), END, START)
    answers = [
        await played.ada.call("GET", f"{played.path}/{path}")
        for path in (
            "sessions/1/timeline",
            f"state?eventId={played.events[3].event_id}",
            f"sessions/2/timeline?from={played.events[-5].event_id}",
            "state?at=2026-01-01T00:00:00Z",
        )
    ]
    assert [answer.status for answer in answers] == [404] * 4
    start, *lines = await played.timeline(played.ada, 2)
    assert datetime.fromisoformat(start["recordedAt"]) == joined
    assert {"key": "1,1", "terrain": "desert"} in start["state"]["terrain"]
    assert sentences(lines) == ["1 hex changed", "The session ended"]
    assert [one["number"] for one in await played.sessions(played.ada)] == [2, 3]
    assert [one["events"] for one in await played.sessions(played.ada)] == [2, 1]
    assert len(await played.timeline(played.ada, 3)) == 2
    assert (await played.state(played.ada, at=joined.isoformat()))["status"] == "active"
    assert [one["number"] for one in await played.sessions(played.dm, **{"as": played.ada.user_id})] == [1, 2, 3]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/state", 400),
        ("/state?at=yesterday", 400),
        ("/state?at=2026-03-01T20:15:00", 400),
        ("/state?at=0001-01-01T00:00:00%2B14:00", 400),
        ("/state?eventId=1", 400),
        (f"/state?eventId={UUID(int=5)}", 404),
        (f"/state?eventId={UUID(int=5)}&at=2026-03-01T20:15:00Z", 400),
        ("/state?at=2026-03-01T20:15:00Z&at=2026-03-01T20:15:00Z", 400),
        ("/sessions?as=everybody", 400),
        ("/sessions?as=", 400),
        ("/sessions?as=dm&as=dm", 400),
        ("/sessions/1/timeline?limit=0", 400),
        ("/sessions/1/timeline?limit=-1", 400),
        ("/sessions/1/timeline?limit=1e3", 400),
        ("/sessions/1/timeline?limit=", 400),
        ("/sessions/1/timeline?limit=99999999999999999999", 400),
        ("/sessions/1/timeline?from=x", 400),
        (f"/sessions/1/timeline?from={UUID(int=5)}", 404),
        ("/sessions/0/timeline", 404),
        ("/sessions/3/timeline", 404),
        ("/sessions/-1/timeline", 404),
        ("/sessions/01/timeline", 404),
        ("/sessions/one/timeline", 404),
    ],
)
async def test_what_makes_no_sense_is_refused(site: Site, path: str, status: int) -> None:
    """With the place of the fault."""
    played = await an_evening(site)
    answer = await played.dm.call("GET", f"{played.path}{path}")
    assert answer.status == status, answer.raw
    assert answer.code == {400: "bad_request", 404: "not_found"}[status]


async def test_an_event_of_another_session_begins_no_timeline(site: Site) -> None:
    """The address names both, and they must fit."""
    played = await an_evening(site)
    later = str(played.events[-1].event_id)
    answer = await played.dm.call("GET", f"{played.path}/sessions/1/timeline", params={"from": later})
    assert (answer.status, answer.code) == (404, "not_found")


async def test_a_hidden_event_is_as_unknown_as_one_that_never_was(site: Site) -> None:
    """A player who guesses its id gets the answer for any other id, byte for byte."""
    played = await an_evening(site)
    hidden = [event.event_id for event in played.events if event.TOPIC in ("change_staged", "hexes_updated")]
    for name, path in (("eventId", "state"), ("from", "sessions/1/timeline")):
        answers: list[Answer] = [
            await played.ada.call("GET", f"{played.path}/{path}", params={name: str(event)})
            for event in (*hidden, uuid4())
        ]
        assert {(answer.status, answer.raw) for answer in answers} == {(404, answers[0].raw)}


async def test_nobody_looks_through_others_eyes(site: Site) -> None:
    """A player may not be the DM or another player, nor find out by asking who is a member."""
    played = await an_evening(site)
    last = {"at": played.now.isoformat()}
    for path, more in (("sessions", {}), ("sessions/1/timeline", {}), ("state", last)):
        answers = [
            await played.ada.call("GET", f"{played.path}/{path}", params={"as": as_whom, **more})
            for as_whom in ("dm", played.bo.user_id, played.dm.user_id, UserId(str(uuid4())), "nonsense", "")
        ]
        assert {(answer.status, answer.raw) for answer in answers} == {(403, answers[0].raw)}
    stranger = await site.person("Eve")
    answer = await stranger.call("GET", f"{played.path}/sessions")
    assert answer.status == 404


async def test_asking_for_the_head_alone_brings_no_body(site: Site) -> None:
    """What follows on the connection would be taken for the next answer."""
    played = await an_evening(site)
    answer = await played.dm.call("HEAD", f"{played.path}/sessions/1/timeline")
    assert (answer.status, answer.raw) == (405, b"")
    answer = await played.dm.call("HEAD", f"{played.path}/sessions")
    assert (answer.status, answer.raw) == (200, b"")


async def test_hidden_events_do_not_show_in_where_a_players_past_begins(site: Site, database: str) -> None:
    """Whether something hidden happened between the end of a session, or the beginning, and the joining."""
    answers = []
    for hidden in (False, True):
        played = await Played.at(site)
        if hidden:
            await played.give(update(q7r7="lava"))
        else:
            played.now += SECOND
        await played.give(START, END)
        if hidden:
            await played.give(update(q8r8="lava"), update(q9r9="lava"))
        else:
            played.now += 2 * SECOND
        joined = played.now + SECOND / 2
        with psycopg.connect(database) as connection:
            connection.execute("update member set joined_at = %s where person_id = %s", (joined, played.ada.user_id))
        await played.give(START, reveal("1,1"))
        asked = [
            *(f"sessions/{number}/timeline" for number in (1, 2, 3)),
            "sessions",
            *(
                f"state?at={(joined + step * SECOND / 2).isoformat().replace('+', '%2B')}"
                for step in (-9, -2, -1, 0, 1)
            ),
        ]
        told = [await played.ada.call("GET", f"{played.path}/{path}") for path in asked]
        answers.append([_without_ids_and_times(f"{answer.status} {answer.raw.decode()}") for answer in told])
    assert answers[0] == answers[1]
    assert [line[:3] for line in answers[0]] == ["404", "200", "404", "200", "404", "404", "404", "200", "200"]


def _without_ids_and_times(text: str) -> str:
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    return re.sub(r'"20[0-9]{2}-[^"]+"', '"TIME"', re.sub(r"Seconds\":[0-9.]+", 'Seconds":N', text))
