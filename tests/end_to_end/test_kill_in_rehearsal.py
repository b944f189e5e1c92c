"""The server dies in the middle of the evening, without a moment to tidy up, and comes back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from projections.viewer_state import ViewerState
from tests.end_to_end.server_process import CLI, ROOT, ServerProcess
from transport.rehearsal.company import Company, gathered
from transport.rehearsal.lines import Say, Send
from transport.rehearsal.performance import Performance
from transport.rehearsal.script import Script, read_script
from transport.rehearsal.verdict import judge

EVENING = ROOT / "examples" / "first-evening.jsonl"
EVENING_SECONDS = 300.0


@pytest.fixture
async def server(database: str) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(database, FOGBOUND_LEAVE_GRACE_SECONDS="1")
    await server.start()
    yield server
    await server.kill()


def known(state: ViewerState) -> dict[str, Any]:
    """All but who is here: the others need a moment to come back."""
    return {
        "status": state.status,
        "session": state.session_id,
        "mode": state.mode,
        "staged": state.staged,
        "reveals": state.reveals,
        "revealed": state.revealed,
        "terrain": state.terrain,
    }


async def known_to_all(company: Company) -> dict[str, dict[str, Any]]:
    """What the server tells a new connection of each who is at the table."""
    here = {alias: actor.client for alias, actor in company.actors.items() if actor.is_here}
    return {alias: known(await client.fresh_state()) for alias, client in here.items()}


def after(script: Script, words: str, sent: int) -> int:
    """The number of steps up to the given count of messages after a line is said."""
    said = next(place for place, step in enumerate(script.steps) if isinstance(step, Say) and words in step.say)
    places = [place for place, step in enumerate(script.steps) if place > said and isinstance(step, Send)]
    return places[sent - 1] + 1


@pytest.mark.parametrize(
    ("words", "sent", "situation"),
    [
        ("What is to happen first is staged", 4, ("waiting", "staged", 3)),
        ("Behind them Alderbridge burns", 1, ("active", "immediate", 0)),
        ("Pizza", 10, ("paused", "staged", 4)),
        ("A week later", 5, ("ended", "staged", 1)),
    ],
)
async def test_all_know_the_same_after_a_kill(
    server: ServerProcess, database: str, words: str, sent: int, situation: tuple[str, str, int]
) -> None:
    """After kill -9 and a restart everybody is told the same as before, and the evening goes on to a good end."""
    script = read_script(EVENING)
    middle = after(script, words, sent)
    async with gathered(script.title, script.cast, server.url, None) as company:
        performance = Performance(company, script.folder)
        await performance.play(script.steps[:middle], lambda _: None)
        before = await known_to_all(company)
        at_the_table = before["dm"]
        assert (at_the_table["status"], at_the_table["mode"], len(at_the_table["staged"])) == situation

        await server.kill()
        await server.start()

        assert await known_to_all(company) == before
        await performance.play(script.steps[middle:], lambda _: None)
        assert (await judge(company, database)).mismatches == []


async def test_rehearsal_survives_three_kills(server: ServerProcess, database: str) -> None:
    """A rehearsal under whose clients the server is killed three times, commands in flight, still exits with 0."""
    rehearsal = await asyncio.create_subprocess_exec(
        *(*CLI, "rehearse", str(EVENING), "--url", server.url),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "FOGBOUND_DATABASE_URL": database},
        cwd=ROOT,
    )
    assert rehearsal.stderr is not None
    assert rehearsal.stdout is not None
    kills = 0
    async with asyncio.timeout(EVENING_SECONDS):
        async for line in rehearsal.stderr:
            if any(words in line.decode() for words in ("In the fog Ada", "Pizza", "Two ways again")):
                await server.kill()
                await server.start()
                kills += 1
        shown = (await rehearsal.stdout.read()).decode()
        assert await rehearsal.wait() == 0, shown
    assert kills == 3
    assert "according to a new connection and to the log" in shown
