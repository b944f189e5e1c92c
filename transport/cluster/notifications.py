"""What servers of one database tell each other: where it is worth looking. What is there, the tables say.

A notification may get lost, so whoever acts on them also looks by itself now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from uuid import UUID

import psycopg
import structlog
from psycopg import AsyncConnection, sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGnotify

from domain.ids import CampaignId
from domain.postgres.liveness import new_connection
from domain.sql import load_statements

log = structlog.get_logger()

_SQL = load_statements("transport.cluster", "cluster.sql")

KINDS = ("events", "members", "sign_outs", "presence")
"""How the names of the channels end. They begin with what only servers of the database know."""

NOTICE_A_DEAD_LINE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}
"""Of TCP: over this connection we only ever listen, and a dead line sounds like a quiet one."""

ANSWER_SECONDS = 5.0
RETRY_SECONDS = 1.0

NONSENSE_SECONDS = 1.0
"""In which nonsense counts once, however much of it is said."""

MOST_WAITING = 10_000
"""Notifications that were not acted on yet; with more of them it is cheaper to look at everything."""


@dataclass(frozen=True, slots=True)
class LogGrew:
    """Somebody wrote to the logs of these campaigns; None: it may be any."""

    campaigns: tuple[CampaignId, ...] | None


@dataclass(frozen=True, slots=True)
class MembersChanged:
    """Somebody came, went, or has another role: the members have changed for the `version`-th time."""

    campaign: CampaignId
    version: int


@dataclass(frozen=True, slots=True)
class SignedOut:
    """A sign-in is worth nothing any more."""

    token_hash: bytes


@dataclass(frozen=True, slots=True)
class PeopleMoved:
    """At another server somebody came to these campaigns, or left."""

    campaigns: tuple[CampaignId, ...]


@dataclass(frozen=True, slots=True)
class Missed:
    """For a while nothing was heard: anything may have happened."""


Notification = LogGrew | MembersChanged | SignedOut | PeopleMoved | Missed


class Notifications:
    """PostgreSQL's notifications, over a connection of its own that comes back by itself."""

    def __init__(self, url: str, own_writer: Callable[[], int | None], own_node: UUID) -> None:
        """Nothing is heard of ourselves: `own_writer` is the process id of the connection that appends for us."""
        self._url = make_conninfo(url, **NOTICE_A_DEAD_LINE)
        self._own_writer = own_writer
        self._own_node = str(own_node).encode()

    async def __aiter__(self) -> AsyncIterator[Notification]:
        """Never ends; first of all, and after each loss of the connection, comes Missed."""
        is_out = False
        while True:
            try:
                async with new_connection(self._url, ANSWER_SECONDS) as connection:
                    key = await _listen(connection)
                is_out = False
                yield Missed()
                async for notification in self._heard(connection, key):
                    yield notification
            except psycopg.Error as error:
                if not is_out:
                    log.warning("hears nothing of other servers", reason=str(error))
                is_out = True
            await asyncio.sleep(RETRY_SECONDS)

    async def _heard(self, connection: AsyncConnection, key: str) -> AsyncIterator[Notification]:
        """Raises psycopg.Error when the connection breaks.

        Not the driver's own way of waiting, which takes several turns of the event loop: each commit of our own is
        heard too, and is dropped before anybody is woken.
        """
        loop, descriptor = asyncio.get_running_loop(), connection.fileno()
        waiting = _Waiting()

        def read() -> None:
            try:
                connection.pgconn.consume_input()
            except psycopg.Error as error:
                loop.remove_reader(descriptor)
                waiting.end(error)
            while (said := connection.pgconn.notifies()) is not None:
                kind = said.relname.decode().removeprefix(f"{key}_")
                if not self._is_own(kind, said):
                    waiting.hear(kind, said.extra.decode(errors="replace"))

        loop.add_reader(descriptor, read)
        try:
            read()  # what came with the answer to LISTEN
            while True:
                yield await waiting.next()
        finally:
            loop.remove_reader(descriptor)
            waiting.end(None)
            await connection.close()

    def _is_own(self, kind: str, said: PGnotify) -> bool:
        if kind == "events":
            return said.be_pid == self._own_writer()
        return kind == "presence" and said.extra.startswith(self._own_node)


class _Waiting:
    """What was heard and not acted on yet: each notification once, and in bounded room, however much is said."""

    def __init__(self) -> None:
        self._waiting: dict[Notification, None] = {}
        self._is_some = asyncio.Event()
        self._nonsense: asyncio.TimerHandle | None = None
        self._error: psycopg.Error | None = None

    def hear(self, kind: str, said: str) -> None:
        try:
            self._put(_meaning(kind, said))
        except ValueError:  # a newer server, or somebody who has our rights
            if self._nonsense is None:
                loop = asyncio.get_running_loop()
                self._nonsense = loop.call_later(NONSENSE_SECONDS, self._look_at_everything)

    async def next(self) -> Notification:
        """Raises the error that ended the hearing, after what was heard before."""
        while not self._waiting:
            if self._error is not None:
                raise self._error
            self._is_some.clear()
            await self._is_some.wait()
        notification = next(iter(self._waiting))
        del self._waiting[notification]
        return notification

    def end(self, error: psycopg.Error | None) -> None:
        if self._nonsense is not None:
            self._nonsense.cancel()
        self._error = error
        self._is_some.set()

    def _look_at_everything(self) -> None:
        self._nonsense = None
        self._put(Missed())

    def _put(self, notification: Notification) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.clear()
            notification = Missed()
        self._waiting[notification] = None
        self._is_some.set()


async def _listen(connection: AsyncConnection) -> str:
    """With what the names of the channels begin."""
    [(key,)] = await (await connection.execute(_SQL["channel_key"])).fetchall()
    channels = [sql.Identifier(f"{key}_{kind}") for kind in KINDS]
    await connection.execute(sql.SQL("; ").join(sql.SQL("listen {}").format(channel) for channel in channels))
    return str(key)


def _meaning(kind: str, said: str) -> Notification:
    """Raises ValueError for nonsense."""
    match kind:
        case "events":
            return LogGrew(tuple(CampaignId(UUID(one)) for one in said.split(",")) if said else None)
        case "members":
            campaign, _, version = said.partition(",")
            return MembersChanged(CampaignId(UUID(campaign)), int(version))
        case "presence":
            _node, *campaigns = said.split(",")
            return PeopleMoved(tuple(CampaignId(UUID(one)) for one in campaigns))
        case _:
            return SignedOut(bytes.fromhex(said))
