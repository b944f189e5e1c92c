"""Short scripts on a real server: what is written happens, and what goes wrong is said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.transport.rehearsal.scripts import DEE, TABLE, Line, reveal, send, write
from transport.rehearsal.company import Company, gathered
from transport.rehearsal.failure import RehearsalFailed
from transport.rehearsal.lines import Step
from transport.rehearsal.performance import Performance
from transport.rehearsal.script import read_script
from transport.rehearsal.stage import Stage
from transport.rehearsal.verdict import judge


@asynccontextmanager
async def played(place: Stage, folder: Path, *lines: Line) -> AsyncIterator[Company]:
    """The company after the play."""
    script = read_script(write(folder, *lines))
    async with gathered(script.title, script.cast, place.url, None) as company:
        await Performance(company, script.folder).play(script.steps, lambda _: None)
        yield company


async def test_aliases_become_people(place: Stage, tmp_path: Path) -> None:
    """A reveal for an alias reaches that player and nobody else."""
    bo = {"cast": "bo", "name": "Bo", "role": "player"}
    async with played(place, tmp_path, *TABLE, bo, reveal("1,1", to=["ada"]), reveal("2,2")) as company:
        ada, bo_client = company.actors["ada"].client, company.actors["bo"].client
        await bo_client.until(lambda state: "2,2" in state.revealed, 5)
        await ada.until(lambda state: "2,2" in state.revealed, 5)
        assert ada.state.revealed == {"1,1", "2,2"}
        assert bo_client.state.revealed == {"2,2"}
        assert not (await judge(company, place.database)).mismatches


async def test_changes_are_undone_by_name_and_by_place(place: Stage, tmp_path: Path) -> None:
    """`as` names a staged change; an index counts in the list as it stands at that line."""
    lines = [
        send("dm", "broadcast:mode", mode="staged"),
        *({**reveal(f"{q},0"), "as": f"change-{q}"} for q in range(4)),
        send("dm", "staged:undo", changeId="change-1"),
        send("dm", "staged:undo", index=2),
        send("dm", "broadcast:publish"),
    ]
    async with played(place, tmp_path, *TABLE, *lines) as company:
        ada = company.actors["ada"].client
        await ada.until(lambda state: len(state.revealed) == 2, 5)
        assert ada.state.revealed == {"0,0", "2,0"}


async def test_people_come_and_go(place: Stage, tmp_path: Path) -> None:
    """Who drops is seen to be gone, who returns or joins late is here and knows everything."""
    gone: list[bool] = []
    lines = [
        {"who": "ada", "drop": True},
        reveal("1,1", to=["ada"]),
        {"who": "ada", "return": True},
        {"who": "dee", "join": True},
        {"who": "dm", "promote": "mira"},
        reveal("2,2", who="mira"),
    ]
    script = read_script(write(tmp_path, *TABLE, DEE, *lines))
    async with gathered(script.title, script.cast, place.url, None) as company:

        def look(step: Step) -> None:
            if step.number == 7:
                state = company.dm.client.state
                gone.append(state.people[company.actors["ada"].user_id]["online"])

        await Performance(company, script.folder).play(script.steps, look)
        assert gone == [False]
        await company.actors["ada"].client.until(lambda state: state.revealed == {"1,1", "2,2"}, 5)
        await company.actors["dee"].client.until(lambda state: state.revealed == {"2,2"}, 5)
        assert not (await judge(company, place.database)).mismatches


async def test_written_refusals_are_no_failure(place: Stage, tmp_path: Path) -> None:
    """A command that is refused as the script says is as it should be."""
    line = {**send("ada", "session:start"), "refused": "dm_only"}
    async with played(place, tmp_path, *TABLE, line) as company:
        assert company.dm.client.state.status == "waiting"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (send("dm", "session:pause"), r"line 5: No active session to pause \(not_active\)"),
        ({**send("dm", "session:end"), "refused": "dm_only"}, r"line 5: No active or paused .* \(no_session\)"),
        ({**send("dm", "session:start"), "refused": "session_active"}, "line 5: was to be refused as session_active"),
    ],
)
async def test_other_refusals_are(place: Stage, tmp_path: Path, line: Line, complaint: str) -> None:
    """A refusal that is not written, another one than is written, and none where one is written fail by line."""
    with pytest.raises(RehearsalFailed, match=complaint):
        async with played(place, tmp_path, *TABLE, line):
            pass


async def test_speed(place: Stage, tmp_path: Path) -> None:
    """The pauses of the script are kept, shortened by the speed; without a speed there are none."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    lines = [{"say": "Once"}, {"after": 4, **send("dm", "session:start")}, {"after": 6, **send("dm", "session:end")}]
    script = read_script(write(tmp_path, *TABLE, *lines))
    async with gathered(script.title, script.cast, place.url, None) as company:
        for speed in (None, 2.0):
            performance = Performance(company, script.folder, speed=speed, sleep=sleep)
            await performance.play(script.steps, lambda _: None)
    assert slept == [2, 3]


async def test_mismatches_are_found(place: Stage, tmp_path: Path) -> None:
    """A viewer who knows too much, and one who missed something, are named with what differs, by both sources."""
    async with played(place, tmp_path, *TABLE, reveal("1,1")) as company:
        ada, mira = company.actors["ada"].client, company.actors["mira"].client
        await ada.until(lambda state: "1,1" in state.revealed, 5)
        await mira.until(lambda state: "1,1" in state.revealed, 5)
        ada.state.terrain["9,9"] = "swamp"
        mira.state.revealed.clear()
        verdict = await judge(company, place.database, patience=0)
    assert [(one.alias, one.source, one.what) for one in verdict.mismatches] == [
        (alias, source, [what])
        for alias, what in (
            ("mira", "revealed: 1,1 missing"),
            ("ada", "terrain: 9,9 is 'swamp', not missing"),
        )
        for source in ("a new connection", "the log")
    ]


async def test_the_log_is_really_read(place: Stage, tmp_path: Path, empty_log: str) -> None:
    """Against another database than the server's the check against the log fails, and that alone."""
    async with played(place, tmp_path, *TABLE, reveal("1,1")) as company:
        verdict = await judge(company, empty_log, patience=0)
    assert {one.source for one in verdict.mismatches} == {"the log"}
    assert {one.alias for one in verdict.mismatches} == {"dm", "mira", "ada"}


async def test_without_a_database_the_log_is_not_checked(place: Stage, tmp_path: Path) -> None:
    """The verdict tells whether the log was read."""
    async with played(place, tmp_path, *TABLE, reveal("1,1")) as company:
        assert not (await judge(company, None)).log_checked
        assert (await judge(company, place.database)).log_checked
