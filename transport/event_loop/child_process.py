"""Programs of ours that run in a process of their own, with a line to each.

The line is the standard input of the process, and goes both ways. A program ends when its line is closed.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, Popen
from threading import Thread

import structlog

from domain.store import EngineError, StoreUnavailable

END_SECONDS = 2.0
"""After which a process is killed whose line was closed, and given up that was killed."""

_PASSES = frozenset({errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

_PACKAGES = Path(__file__).parents[2]
# With the very modules that we have, and none from the folder in which we happen to be (-P).
_FIRST = "import sys\nsys.path.insert(0, sys.argv[1])\n"

log = structlog.get_logger()


class ChildProcess:
    """One that runs. Whoever has it sees to it that it ends."""

    def __init__(self, process: Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._process = process
        self.pid = process.pid
        self.reader = reader
        self.writer = writer

    @classmethod
    async def start(cls, program: str, *arguments: str) -> ChildProcess:
        """`program` is Python, which finds the arguments in `sys.argv[2:]`.

        Raises StoreUnavailable if the machine has no room for it now, EngineError if it does not start at all.
        """
        starting = asyncio.create_task(
            _started([sys.executable, "-P", "-c", _FIRST + program, str(_PACKAGES), *arguments])
        )
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(_nobody_waits)
            raise
        except OSError as problem:
            log.error("a process does not start", problem=str(problem))
            failure = StoreUnavailable if problem.errno in _PASSES else EngineError
            raise failure(f"a process does not start: {problem}") from problem

    async def ended(self) -> int:
        """Its exit code, when it has ended: below 0 it was that signal."""
        pause = 0.001
        # Asked again and again: to be told needs a thread or a descriptor, which there may be none left of.
        while (code := self._process.poll()) is None:
            await asyncio.sleep(pause)
            pause = min(2 * pause, 0.05)
        return code

    async def end(self, patience: float = END_SECONDS) -> None:
        """Closes the line, at which the process ends; one that does not is killed, also if this is cancelled."""
        self.writer.close()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self.ended()
        finally:
            self._process.kill()  # does nothing to one that has ended
        with suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await self.ended()

    def kill_soon(self) -> None:
        """For somebody who cannot wait: it is killed at once, and then its exit code is fetched."""
        self._process.kill()
        self._ending = asyncio.create_task(self.end())


async def _started(command: list[str]) -> ChildProcess:
    """Raises OSError."""
    ours, theirs = socket.socketpair()
    try:
        reader, writer = await asyncio.open_connection(sock=ours)
    except BaseException:
        ours.close()
        theirs.close()
        raise
    handed: Future[Popen[bytes]] = Future()
    try:
        # To start a process takes long where others compute. A thread of its own: others may hold those of the loop.
        try:
            Thread(target=_open, args=(command, theirs, handed), daemon=True).start()
        except RuntimeError as problem:
            theirs.close()
            raise OSError(errno.EAGAIN, str(problem)) from problem
        return ChildProcess(await asyncio.wrap_future(handed), reader, writer)
    except BaseException:
        writer.close()
        if not handed.cancel() and handed.exception() is None:  # cancelled at the last moment: the loop ends
            _kill(handed.result())
        raise


def _open(command: list[str], theirs: socket.socket, handed: Future[Popen[bytes]]) -> None:
    with theirs:
        try:
            # In a session of its own: a Ctrl-C in the terminal is for us.
            process = Popen(command, stdin=theirs.fileno(), stdout=DEVNULL, start_new_session=True)
        except Exception as problem:
            with suppress(InvalidStateError):
                handed.set_exception(problem)
            return
    try:
        handed.set_result(process)
    except InvalidStateError:  # cancelled: the loop ends
        _kill(process)


def _kill(process: Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _nobody_waits(starting: asyncio.Task[ChildProcess]) -> None:
    if not starting.cancelled() and starting.exception() is None:
        starting.result().kill_soon()
