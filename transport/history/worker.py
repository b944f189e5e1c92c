"""The process that looks up the past for a server, which starts it: transport.history.worker_process.

It ends when the server does, or closes the line. What it has found goes back as it will be sent to who asked.
"""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from functools import partial

import structlog

from domain.postgres import PostgresStore
from domain.store import NewerEvent, StoreUnavailable, UnreadableEvent
from transport.accounts import Directory
from transport.analytics.report.reports import Reports
from transport.database import connection_pool
from transport.event_loop.garbage import collect_rarely
from transport.history.answering import AnswersHere
from transport.history.past import Past
from transport.history.pipe import Failure, Head, Message, read_message
from transport.history.questions import AT_ONCE, History, question
from transport.observability.logs import set_up_logs
from transport.rooms.snapshot_store import SnapshotStore
from transport.web.drawing_library import CannotDraw

NICENESS = 10
"""Where the processors are few, those who play come first."""

log = structlog.get_logger()


async def serve(line: socket.socket) -> None:
    """Answers what comes over the line until it is closed. The first message has the database's URL."""
    reader, writer = await asyncio.open_connection(sock=line)
    first = await read_message(reader)
    if first is None:
        return
    url = first.body.decode()
    async with PostgresStore(url) as store, connection_pool(url, size=AT_ONCE) as pool:
        history = AnswersHere(Past(store, SnapshotStore(pool)), Directory(pool), Reports(pool))
        under_way: set[asyncio.Task[None]] = set()
        while (message := await read_message(reader)) is not None:
            task = asyncio.create_task(_answer(history, message, writer))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await history.close()


async def _answer(history: History, message: Message, writer: asyncio.StreamWriter) -> None:
    number = message.head["number"]
    fail = partial(_failed, number)
    try:
        found = await history.ask(question.validate_json(message.body))
    except StoreUnavailable as unavailable:
        answer = fail("unavailable", str(unavailable))
    except NewerEvent as newer:
        answer = fail("newer", str(newer))
    except UnreadableEvent as unreadable:
        answer = fail("unreadable", str(unreadable))
    except CannotDraw:
        answer = fail("not_installed", "")
    except Exception as failure:
        log.exception("a question about the past failed")
        answer = fail("failed", repr(failure))
    else:
        rest = found.rest
        place = None if rest is None else (rest.telling, rest.version, rest.told)
        head: Head = {"number": number, "found": found.body is not None, "rest": place}
        answer = Message(head, found.body or b"")
    writer.write(answer.packed())
    await writer.drain()


def _failed(number: int, failure: Failure, message: str) -> Message:
    return Message({"number": number, "failure": failure, "message": message})


def main() -> None:
    """See transport.event_loop.child_process."""
    # A service may be forbidden to do this, as ours for systemd is: then all have the same.
    with suppress(OSError):
        os.nice(NICENESS)
    set_up_logs()
    collect_rarely()
    asyncio.run(serve(socket.socket(fileno=0)))
