"""Reads map files where nobody plays: each in a process of its own, one at a time.

Whatever a file holds, reading it stops only that process. In a thread of ours it would stop the server now and then:
Python reads, and frees, JSON in long calls in which no other thread runs.
"""

from __future__ import annotations

import asyncio
import hashlib
import signal

import structlog

from domain.store import EngineError, StoreUnavailable
from transport.event_loop.child_process import ChildProcess
from transport.maps.command_lines import command_in
from transport.maps.file import InvalidMap, ReadMap

PROCESSOR_SECONDS = 30
"""For a file. The largest takes a second or two, and ten on a very slow machine."""

ANSWER_SECONDS = 120.0
"""After which a process that has told nothing is ended: the machine may be too busy for it."""

BOOTSTRAP = "from transport.maps.reading import main; main(sys.argv[2])"

log = structlog.get_logger()


class MapReader:
    """Of a server: whoever sends the next file waits until the process of this one has ended."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._reading: set[asyncio.Timeout] = set()
        self._is_closed = False

    def close(self) -> None:
        """Whoever waits for a file is told to come again: the server ends."""
        self._is_closed = True
        for patience in self._reading:
            patience.reschedule(0)

    async def read(self, body: bytes) -> ReadMap:
        """The file as commands. Raises InvalidMap; EngineError if it cannot be read now, whatever is in it."""
        if self._is_closed:
            raise StoreUnavailable("the server ends")
        try:
            async with asyncio.timeout(None) as patience:
                self._reading.add(patience)
                try:
                    async with self._turn:
                        told = await _read(body)
                finally:
                    self._reading.discard(patience)
        except TimeoutError:
            raise StoreUnavailable("the server ends") from None
        # Line by line: each has some milliseconds of work, and others have their turn in between.
        lines = told.split(b"\n")
        parts = []
        for line in lines[1:]:
            parts.append(command_in(line))
            await asyncio.sleep(0)
        return ReadMap(await asyncio.to_thread(lambda: hashlib.sha256(body).hexdigest()), parts)


async def _read(body: bytes) -> bytes:
    process = await ChildProcess.start(BOOTSTRAP, str(PROCESSOR_SECONDS))
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            told = await _answer(process, body)
            code = await process.ended()
    except TimeoutError:
        raise StoreUnavailable("the process that reads map files does not answer") from None
    finally:
        await process.end(patience=0)  # nobody waits any more for what it would tell
    if code == 0 and told.startswith(b"map\n"):
        return told
    if code == 0 and told.startswith(b"invalid\n"):
        raise InvalidMap(told.split(b"\n", 1)[1].decode())
    if code == -signal.SIGXCPU:
        raise InvalidMap("The map file takes too long to read")
    log.error("the process that reads map files failed", code=code)
    if code == -signal.SIGKILL:  # by the system, when its memory is full, or by somebody
        raise StoreUnavailable("the process that reads map files was killed")
    raise EngineError("the process that reads map files failed")


async def _answer(process: ChildProcess, body: bytes) -> bytes:
    try:
        process.writer.write(body)
        process.writer.write_eof()
        return await process.reader.read()
    except ConnectionError:  # it has ended, and left something unread
        return b""
