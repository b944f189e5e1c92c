"""The past is looked up by a process of its own, so that folding a long log holds up nobody who plays."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import AsyncExitStack, suppress
from itertools import count
from pathlib import Path

import structlog

from domain.postgres.fair_turns import FairTurns
from domain.postgres.pool import ASKING
from domain.store import EngineError, StoreUnavailable, UnreadableEvent
from transport.drawing_library import CannotDraw
from transport.history.pipe import Message, read_message
from transport.history.questions import AT_ONCE, Answer, Place, Question, Report, campaign_of, question
from transport.supervision import surviving

ANSWER_SECONDS = 120.0
"""After which a process that has not answered is ended: it may hang."""

WAIT_SECONDS = 20.0
"""After which somebody who has no turn yet is told to come again. Turns go round the campaigns, and their people."""

IDLE_SECONDS = 300.0
"""After which a process that nobody asks is ended: it holds a hundred megabytes, and starts in a second."""

PACKAGES = Path(__file__).parents[2]
# With the very modules that we have, and none from the folder in which we happen to be (-P).
BOOTSTRAP = "import sys; sys.path.insert(0, sys.argv[1]); from transport.history.worker import main; main(sys.argv[2])"

log = structlog.get_logger()


class WorkerProcess:
    """See transport.history.questions.History. The process is started by the first question and when it is gone."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._turns = FairTurns(AT_ONCE, WAIT_SECONDS)
        # A report waits for the tables that it is drawn from, and must not do so in the place of another question.
        self._report_turns = FairTurns(1, WAIT_SECONDS)
        self._starting = asyncio.Lock()
        self._running: _Running | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._asking = 0

    async def ask(self, asked: Question) -> Answer:
        """See History.ask."""
        turns = self._report_turns if isinstance(asked, Report) else self._turns
        async with AsyncExitStack() as turn:
            try:
                await turn.enter_async_context(turns.of(campaign_of(asked), ASKING.get()))
            except TimeoutError:
                raise StoreUnavailable("too much is asked about the past") from None
            self._asking += 1
            try:
                return await self._asked(asked)
            finally:
                self._asking -= 1
                self._watch_idleness()

    async def close(self) -> None:
        """See History.close."""
        if self._idle is not None:
            self._idle.cancel()
        self._let_go()
        await asyncio.gather(*self._ending)

    async def _asked(self, asked: Question) -> Answer:
        async with self._starting:
            if self._running is not None and self._running.is_over:
                self._let_go()
            if self._running is None:
                self._running = await _Running.start(self._url)
            running = self._running
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await running.ask(asked)
        except TimeoutError:
            log.error("the process that looks up the past does not answer")
            if self._running is running:
                self._let_go()
            raise StoreUnavailable("the past takes too long") from None

    def _watch_idleness(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        if not self._asking:
            self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._let_go)

    def _let_go(self) -> None:
        if self._running is not None:
            ending = asyncio.create_task(self._running.end())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
            self._running = None


class _Running:
    """One such process, and the questions that it has not answered yet."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process = process
        self._writer = writer
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self.is_over = False
        self._hearing = asyncio.create_task(self._hear(reader))

    @classmethod
    async def start(cls, url: str) -> _Running:
        """Raises EngineError."""
        ours, theirs = socket.socketpair()
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-c", BOOTSTRAP, str(PACKAGES), str(theirs.fileno())),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # a Ctrl-C in the terminal is for us: it ends when we close the line
            )
        except OSError as problem:
            ours.close()
            raise EngineError(f"the process that looks up the past does not start: {problem}") from problem
        finally:
            theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        # Over the line, since everybody on the machine can read a command line.
        writer.write(Message({"number": 0}, url.encode()).packed())
        return cls(process, reader, writer)

    async def ask(self, asked: Question) -> Answer:
        """Raises what the process raised, or StoreUnavailable if it ends before it answers."""
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(Message({"number": number}, question.dump_json(asked)).packed())
            return _told(await waiting)
        finally:
            del self._waiting[number]

    async def end(self) -> None:
        """Closes the line, at which the process ends; one that does not is killed."""
        self._writer.close()
        try:
            async with asyncio.timeout(2):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        await self._hearing

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        with surviving("past"):  # whatever ends the hearing, nobody may wait for an answer any more
            while (message := await read_message(reader)) is not None:
                waiting = self._waiting.get(message.head["number"])
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)
        self.is_over = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(StoreUnavailable("the process that looks up the past has ended"))
        self._writer.close()


def _told(message: Message) -> Answer:
    match message.head.get("failure"):
        case None:
            rest = message.head.get("rest")
            return Answer(message.body if message.head.get("found") else None, Place(*rest) if rest else None)
        case "unavailable":
            raise StoreUnavailable(message.head.get("message"))
        case "unreadable":
            raise UnreadableEvent(message.head.get("message"))
        case "not_installed":
            raise CannotDraw
        case _:
            raise EngineError(message.head.get("message"))
