"""One command can be followed over the servers that share a database, and nothing secret is told on the way."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.end_to_end.peers import Socket, a_table
from tests.end_to_end.server_process import CLI, ServerProcess
from tests.nodes.collector import collecting
from tests.nodes.conftest import SplitMaker
from transport.observability.chosen import TracesNotInstalled, followers
from transport.settings import Settings

SECRET = "123,-77"
"""A hex that no player may hear of."""


@asynccontextmanager
async def logging_server(database: str, log: Path, command: Sequence[str] = CLI) -> AsyncIterator[ServerProcess]:
    """A process that logs commands into a file."""
    with log.open("w") as file:
        server = ServerProcess(database, command=command, log=file, FOGBOUND_LOG_COMMANDS="true")
        await server.start()
        try:
            yield server
            assert await server.terminate() == 0
        finally:
            await server.kill()


def lines_of(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


async def play_a_little(dm: Socket) -> str:
    """A reveal, the same once more, one with nothing to it, a refusal and an update of what is hidden."""
    for fields in ({"id": "one", "hexKeys": ["1,1"]}, {"id": "one", "hexKeys": ["1,1"]}):
        await dm.send("hex:reveal", targets="all", **fields)
        event_id: str = (await dm.until("ack"))["eventId"]
    await dm.send("session:pause", id="two")
    await dm.until("error")
    await dm.send("hex:update", id="three", changes=[{"key": SECRET, "terrain": "swamp"}])
    await dm.until("ack")
    return event_id


async def test_a_command_can_be_found_in_the_logs_of_all_servers(database: str, tmp_path: Path) -> None:
    """By the id of its event: decided at one server, heard of at the other; hexes and cookies are in neither."""
    here, there = tmp_path / "here.log", tmp_path / "there.log"
    async with (
        logging_server(database, here) as first,
        logging_server(database, there) as second,
        a_table(first.url, database, ("Ada",)) as table,
    ):
        ada = table.players["Ada"]
        ada.url = second.url
        socket = await ada.join(table.campaign)
        event_id = await play_a_little(table.sockets["dm"])
        await socket.until("hex:revealed")
    [decided] = [line for line in lines_of(here) if line["event"] == "command" and line.get("caused") == event_id]
    [heard] = [line for line in lines_of(there) if line["event"] == "heard" and line["caused"] == event_id]
    assert decided["campaign"] == heard["campaign"] == table.campaign
    assert decided["version"] == heard["version"]
    assert (decided["type"], decided["command"], decided["actor"]) == ("hex:reveal", "one", table.dm.user_id)
    assert min(decided[key] for key in ("waited_ms", "stored_ms", "told_ms")) >= 0
    nodes = [{line["node"] for line in lines_of(log) if "node" in line} for log in (here, there)]
    assert [len(each) for each in nodes] == [1, 1]
    assert nodes[0] != nodes[1]
    assert [
        (line["type"], line["outcome"], line.get("code"))
        for line in lines_of(here)
        if line["event"] == "command" and line["actor"] == table.dm.user_id and ":" in line["type"]
    ] == [
        ("hex:reveal", "done", None),
        ("hex:reveal", "done", None),
        ("session:pause", "refused", "not_active"),
        ("hex:update", "done", None),
    ]
    cookies = [cookie.value for cookie in table.dm.http.cookie_jar]
    for log in (here, there):
        for secret in (SECRET, "swamp", *cookies):
            assert secret not in log.read_text()


async def test_a_clock_that_is_set_back_makes_nothing_take_less_than_no_time(database: str, tmp_path: Path) -> None:
    """How long something took goes by a clock that nobody sets."""
    here = tmp_path / "here.log"
    async with (
        logging_server(database, here, (sys.executable, "-m", "tests.nodes.sinking_clock")) as server,
        a_table(server.url, database, ()) as table,
    ):
        await play_a_little(table.sockets["dm"])
    lines = [line for line in lines_of(here) if line["event"] == "command"]
    took = [line[key] for line in lines for key in ("waited_ms", "stored_ms", "told_ms") if key in line]
    assert len(took) > 5
    assert all(0 <= milliseconds < 60_000 for milliseconds in took), took


async def test_a_trace_has_what_every_server_did(split: SplitMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its id is the event's: the way of the command at one server, and when the other had told it."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    async with collecting() as (collector, endpoint):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        at = await split("Ada", traces=1.0)
        socket = await at.join_there(at.table.players["Ada"])
        event_id = await play_a_little(at.table.sockets["dm"])
        await socket.until("hex:revealed")
        first, *steps = await collector.of_trace(UUID(event_id).hex, spans=5)
        refused = await collector.named("session:pause", outcome="refused", code="not_active")
        await collector.named("hex:update", command="three")
    assert (first.name, first.parent, first.service) == ("hex:reveal", "", "fogbound")
    assert first.attributes["fogbound.event"] == event_id
    assert first.attributes["fogbound.campaign"] == at.table.campaign
    assert {step.parent for step in steps} == {first.id}
    assert [step.name for step in steps if step.node == first.node] == ["wait", "append", "tell"]
    [heard] = [step for step in steps if step.node != first.node]
    assert (heard.name, heard.attributes["fogbound.event"]) == ("hear", event_id)
    assert all(first.start <= step.start <= step.end for step in steps)
    assert not refused.is_error
    for secret in (SECRET, "swamp"):
        assert secret.encode() not in collector.raw


async def test_a_collector_that_is_away_is_nobodys_trouble(split: SplitMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are answered, and the servers end."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    at = await split("Ada", traces=1.0)
    for _ in range(3):
        assert await play_a_little(at.table.sockets["dm"])


async def test_traces_without_their_packages_are_a_plain_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "transport.observability.traces", None)
    with pytest.raises(TracesNotInstalled, match=r"fogbound\[traces\]"):
        async with followers(Settings(traces=0.5), UUID(int=1)):
            pass
