"""What servers of one database tell each other: where it is worth looking. What is there, the tables say.

A hint may get lost, so whoever acts on them also looks by itself now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from uuid import UUID

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGnotify

from domain.ids import CampaignId
from domain.postgres.liveness import new_connection

log = structlog.get_logger()

CHANNELS = ("fogbound_events", "fogbound_members", "fogbound_sign_outs", "fogbound_presence")

NOTICE_A_DEAD_LINE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}
"""Of TCP: over this connection we only ever listen, and a dead line sounds like a quiet one."""

ANSWER_SECONDS = 5.0
RETRY_SECONDS = 1.0


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


Hint = LogGrew | MembersChanged | SignedOut | PeopleMoved | Missed


class Hints:
    """PostgreSQL's notifications, over a connection of its own that comes back by itself."""

    def __init__(self, url: str, own_writer: Callable[[], int | None], own_node: UUID) -> None:
        """Nothing is heard of ourselves: `own_writer` is the process id of the connection that appends for us."""
        self._url = make_conninfo(url, **NOTICE_A_DEAD_LINE)
        self._own_writer = own_writer
        self._own_node = str(own_node).encode()

    async def __aiter__(self) -> AsyncIterator[Hint]:
        """Never ends; first of all, and after each loss of the connection, comes Missed."""
        is_out = False
        while True:
            try:
                async with new_connection(self._url, ANSWER_SECONDS) as connection:
                    await connection.execute("; ".join(f"listen {channel}" for channel in CHANNELS))
                is_out = False
                yield Missed()
                async for hint in self._heard(connection):
                    yield hint
            except psycopg.Error as error:
                if not is_out:
                    log.warning("hears nothing of other servers", reason=str(error))
                is_out = True
            await asyncio.sleep(RETRY_SECONDS)

    async def _heard(self, connection: AsyncConnection) -> AsyncIterator[Hint]:
        """Raises psycopg.Error when the connection breaks.

        Not the driver's own way of waiting, which takes several turns of the event loop: each commit of our own is
        heard too, and is dropped before anybody is woken.
        """
        loop, descriptor = asyncio.get_running_loop(), connection.fileno()
        heard: asyncio.Queue[Hint | psycopg.Error] = asyncio.Queue()

        def read() -> None:
            try:
                connection.pgconn.consume_input()
            except psycopg.Error as error:
                loop.remove_reader(descriptor)
                heard.put_nowait(error)
            while (said := connection.pgconn.notifies()) is not None:
                if (hint := self._hint(said)) is not None:
                    heard.put_nowait(hint)

        loop.add_reader(descriptor, read)
        try:
            read()  # what came with the answer to LISTEN
            while not isinstance(hint := await heard.get(), psycopg.Error):
                yield hint
            raise hint
        finally:
            loop.remove_reader(descriptor)
            await connection.close()

    def _hint(self, said: PGnotify) -> Hint | None:
        if said.relname == b"fogbound_events" and said.be_pid == self._own_writer():
            return None
        if said.relname == b"fogbound_presence" and said.extra.startswith(self._own_node):
            return None
        try:
            return _meaning(said.relname.decode(), said.extra.decode())
        except ValueError:  # whoever may use the database may say anything
            return Missed()


def _meaning(channel: str, said: str) -> Hint:
    """Raises ValueError for nonsense."""
    match channel:
        case "fogbound_events":
            return LogGrew(tuple(CampaignId(UUID(one)) for one in said.split(",")) if said else None)
        case "fogbound_members":
            campaign, _, version = said.partition(",")
            return MembersChanged(CampaignId(UUID(campaign)), int(version))
        case "fogbound_presence":
            _node, *campaigns = said.split(",")
            return PeopleMoved(tuple(CampaignId(UUID(one)) for one in campaigns))
        case _:
            return SignedOut(bytes.fromhex(said))
