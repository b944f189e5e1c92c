"""The past is looked up by a process of its own, so that folding a long log holds up nobody who plays."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from itertools import count

import structlog

from domain.postgres.fair_turns import FairTurns
from domain.postgres.pool import ASKING
from domain.store import EngineError, NewerEvent, StoreUnavailable, UnreadableEvent
from transport.event_loop.child_process import ChildProcess
from transport.event_loop.supervision import surviving
from transport.history.pipe import Message, read_message
from transport.history.questions import AT_ONCE, Answer, Place, Question, Report, campaign_of, question
from transport.web.drawing_library import CannotDraw

ANSWER_SECONDS = 120.0
"""After which a process that has not answered is ended: it may hang."""

WAIT_SECONDS = 20.0
"""After which somebody who has no turn yet is told to come again. Turns go round the campaigns, and their people."""

IDLE_SECONDS = 300.0
"""After which a process that nobody asks is ended: it holds a hundred megabytes, and starts in a second."""

BOOTSTRAP = "from transport.history.worker import main; main()"

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

    def __init__(self, process: ChildProcess) -> None:
        self._process = process
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self.is_over = False
        self._hearing = asyncio.create_task(self._hear())

    @classmethod
    async def start(cls, url: str) -> _Running:
        """Raises StoreUnavailable, EngineError."""
        process = await ChildProcess.start(BOOTSTRAP)
        # Over the line, since everybody on the machine can read a command line.
        process.writer.write(Message({"number": 0}, url.encode()).packed())
        return cls(process)

    async def ask(self, asked: Question) -> Answer:
        """Raises what the process raised, or StoreUnavailable if it ends before it answers."""
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._process.writer.write(Message({"number": number}, question.dump_json(asked)).packed())
            return _told(await waiting)
        finally:
            del self._waiting[number]

    async def end(self) -> None:
        await self._process.end()
        await self._hearing

    async def _hear(self) -> None:
        with surviving("past"):  # whatever ends the hearing, nobody may wait for an answer any more
            while (message := await read_message(self._process.reader)) is not None:
                waiting = self._waiting.get(message.head["number"])
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)
        self.is_over = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(StoreUnavailable("the process that looks up the past has ended"))
        self._process.writer.close()


def _told(message: Message) -> Answer:
    match message.head.get("failure"):
        case None:
            rest = message.head.get("rest")
            return Answer(message.body if message.head.get("found") else None, Place(*rest) if rest else None)
        case "unavailable":
            raise StoreUnavailable(message.head.get("message"))
        case "newer":
            raise NewerEvent(message.head.get("message"))
        case "unreadable":
            raise UnreadableEvent(message.head.get("message"))
        case "not_installed":
            raise CannotDraw
        case _:
            raise EngineError(message.head.get("message"))
