"""A map file is read by a process of its own, which may fail."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from unittest.mock import ANY

import pytest
from structlog.testing import capture_logs

from domain.store import EngineError, StoreUnavailable
from tests.docs.test_addresses import an_app
from tests.transport.maps.map_files import a_map_file, as_bytes
from transport.event_loop.child_process import ChildProcess
from transport.http.app_keys import MAP_READER
from transport.maps import file as map_file
from transport.maps import reader
from transport.maps.file import InvalidMap, read_file
from transport.maps.reader import MapReader

NESTED = b'{"more":' + (b'{"a":[' + b",".join([b"0"] * 30_000) + b'],"b":') * 40 + b"0" + b"}" * 40
"""Read in one call of Python's own reader, in which no other thread runs."""

FLAT = b'{"more":{' + b",".join(b'"%d":{}' % n for n in range(700_000)) + b"}"
"""Freed in one."""


async def test_it_is_the_same_as_here() -> None:
    """Of a file of several parts, with variants and with a text that is no ASCII."""
    body = as_bytes({**a_map_file(12_000), "name": "Ägäis 🌊"})
    told = await MapReader().read(body)
    here = read_file(body)
    assert told.digest == here.digest
    assert told.hexes == here.hexes == 12_000
    assert told.parts == here.parts


@pytest.mark.parametrize("body", [b"no map", b"{}", NESTED + b"}", FLAT + b"}"], ids=["text", "empty", "deep", "flat"])
async def test_nothing_is_read_here(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is."""
    with pytest.raises(InvalidMap) as here:
        read_file(body)
    monkeypatch.setattr(map_file, "read_json", None)
    with pytest.raises(InvalidMap) as there:
        await MapReader().read(body)
    assert there.value.message == here.value.message


@pytest.mark.parametrize("program", ["raise MemoryError", "import os; os.write(0, b'map')", "import sys; sys.exit(3)"])
async def test_a_process_that_fails_is_our_fault(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not that of the file. The next one is read again."""
    large = as_bytes(a_map_file(20_000))
    with monkeypatch.context() as patch:
        patch.setattr(reader, "BOOTSTRAP", f"{program}; import sys; sys.exit(1)")
        with pytest.raises(EngineError, match="failed"), capture_logs() as said:
            await MapReader().read(large)
    assert said == [{"event": "the process that reads map files failed", "log_level": "error", "code": ANY}]
    assert (await MapReader().read(large)).hexes == 20_000


def a_program(reading: str) -> str:
    """The real one, in which the file is read like that."""
    start = "reading.main(sys.argv[2])"
    return f"from transport.maps import reading; reading.read_map = lambda body: {reading}; {start}"


@pytest.mark.parametrize(
    ("work", "why"),
    [
        ("[0 for _ in iter(int, 1)]", "too long to read"),
        ("bytearray(reading.MEMORY)", "too much memory"),
        ("[bytearray(1_000) for _ in range(2_000_000)]", "too much memory"),
    ],
)
async def test_its_time_and_its_memory_are_bounded(work: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the system, whatever the program does."""
    monkeypatch.setattr(reader, "PROCESSOR_SECONDS", 5 if "memory" in why else 1)
    monkeypatch.setattr(reader, "BOOTSTRAP", a_program(work))
    with pytest.raises(InvalidMap, match=why):
        await MapReader().read(as_bytes(a_map_file()))


async def test_one_that_tells_nothing_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that is too busy."""
    monkeypatch.setattr(reader, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(reader, "BOOTSTRAP", "import time; time.sleep(600)")
    with pytest.raises(StoreUnavailable, match="does not answer"):
        await MapReader().read(b"{}")


async def test_one_that_tells_much_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it tells it: then nobody reads its output any more."""
    maps = MapReader()
    with monkeypatch.context() as patch:
        patch.setattr(reader, "ANSWER_SECONDS", 0.5)
        patch.setattr(reader, "BOOTSTRAP", "import os\nwhile True: os.write(0, b'map' * 100_000)")
        with pytest.raises(StoreUnavailable):
            await maps.read(b"{}")
    assert (await maps.read(as_bytes(a_map_file()))).hexes == len(a_map_file()["hexes"])


async def test_whoever_is_gone_leaves_no_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And the next one has its turn."""
    begun = tmp_path / "pid"
    program = f"import os, time, pathlib; pathlib.Path({str(begun)!r}).write_text(str(os.getpid())); time.sleep(600)"
    maps = MapReader()
    with monkeypatch.context() as patch:
        patch.setattr(reader, "BOOTSTRAP", program)
        reading = asyncio.create_task(maps.read(b"{}"))
        async with asyncio.timeout(30):
            while not begun.exists() or not begun.read_text():  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    with pytest.raises(ProcessLookupError):
        os.kill(int(await asyncio.to_thread(begun.read_text)), 0)
    assert (await maps.read(as_bytes(a_map_file()))).hexes == len(a_map_file()["hexes"])


async def test_one_that_was_killed_says_nothing_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system kills so, too, when its memory is full."""
    monkeypatch.setattr(reader, "BOOTSTRAP", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(StoreUnavailable, match="was killed"), capture_logs() as said:
        await MapReader().read(as_bytes(a_map_file()))
    assert said == [{"event": "the process that reads map files failed", "log_level": "error", "code": -9}]


UNWATCHED = "from transport.maps import reading; reading._end_with = lambda _: None\n"
GONE = "import select; line = select.poll(); line.register(0, 0)\n"


@pytest.mark.parametrize(
    ("program", "code"),
    [(a_program("[0 for _ in iter(int, 1)]"), 1), (UNWATCHED + GONE + a_program("line.poll() and []"), 0)],
    ids=["reads", "tells"],
)
async def test_it_ends_with_the_server(program: str, code: int, capfd: pytest.CaptureFixture[str]) -> None:
    """Without a word: when a server was killed nobody would read what it tells."""
    child = await ChildProcess.start(program, "30")
    child.writer.write(as_bytes(a_map_file()))
    child.writer.write_eof()
    await child.writer.drain()
    child.writer.close()
    assert await child.ended() == code
    assert capfd.readouterr().err == ""


async def test_a_server_that_ends_waits_for_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for the one that is read, nor for those that wait, nor for one that comes now."""
    monkeypatch.setattr(reader, "BOOTSTRAP", "import time; time.sleep(600)")
    app = an_app()
    app.freeze()
    maps = app[MAP_READER]
    reading = [asyncio.create_task(maps.read(b"{}")) for _ in range(3)]
    for _ in range(10):
        await asyncio.sleep(0)
    await app.shutdown()
    for one in (*reading, asyncio.create_task(maps.read(b"{}"))):
        with pytest.raises(StoreUnavailable, match="the server ends"):
            await one


async def test_without_a_process_it_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(EngineError, match="does not start"):
        await MapReader().read(b"{}")
