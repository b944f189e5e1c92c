"""Faults that the program had, or could have: each is put back, to show that the simulation finds it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import transport.rooms.appending
import transport.rooms.joining
import transport.rooms.live_projection
import transport.rooms.resume
import transport.rooms.room
from domain.events import SessionStarted
from domain.store import EngineError, Standing
from transport.cluster.lease import Lease
from transport.cluster.left_behind import LeftBehind
from transport.cluster.notifications import Missed
from transport.cluster.reconcile import Upkeep
from transport.rooms.attendance import Attendance
from transport.rooms.command_handler import CommandHandler
from transport.rooms.registry import Rooms
from transport.rooms.told import Telling

Put = Callable[[Any, str, Any], None]
"""Puts something in the place of an attribute, until the fault is taken out again."""


def told_before_the_commit(put: Put) -> None:
    """Everybody is told, and the sender too, before the store has answered."""
    store = transport.rooms.appending.append
    under_way: set[asyncio.Task[None]] = set()

    async def append(*asked: Any) -> None:
        async def later() -> None:
            with suppress(EngineError):
                await store(*asked)

        under_way.add(task := asyncio.create_task(later()))
        task.add_done_callback(under_way.discard)

    put(transport.rooms.room, "append", append)


def lease_not_asked(put: Put) -> None:
    """A server that stood still goes on by what it knew before."""

    async def held(_lease: Lease) -> None: ...

    put(Lease, "is_held", True)
    put(Lease, "held", held)


def gap_at_a_resume(put: Put) -> None:
    """Whoever comes back misses the first of what happened meanwhile."""
    missed = transport.rooms.resume.missed

    def with_a_gap(*asked: Any) -> Any:
        found = missed(*asked)
        return found and found[1:]

    put(transport.rooms.joining, "missed", with_a_gap)


def refusal_forgotten(put: Put) -> None:
    """Refusals are kept by no database: another server may carry the command out."""
    put(CommandHandler, "refusals", lambda *_asked: None)


def members_not_in_the_append(put: Put) -> None:
    """What is stored does not have to rest on the newest members."""
    store = transport.rooms.appending.append

    async def append(log: Any, campaign: Any, handler: Any, decisions: Any, basis: Standing) -> None:
        await store(log, campaign, handler, decisions, basis._replace(roster=None))  # type: ignore[arg-type]

    put(transport.rooms.room, "append", append)


def old_members_under_a_new_number(put: Put) -> None:
    """A room decides on the members of before, and appends as if they were the newest."""
    take_members = Rooms._take_members

    async def number_first(rooms: Rooms, room: Any) -> None:
        before, room.roster_version = room.roster_version, (await rooms._standings.of(room.campaign)).roster
        await asyncio.sleep(0.3)
        room.roster_version = before
        await take_members(rooms, room)

    put(Rooms, "_take_members", number_first)


def join_without_a_question(put: Put) -> None:
    """Whoever connects is shown what this server happens to know."""

    async def nothing(_rooms: Rooms, _room: Any) -> None: ...

    put(Rooms, "bring_up_to_date", nothing)


def nobody_left_behind(put: Put) -> None:
    """Nobody looks after those whose server has died, until another one begins."""

    put(LeftBehind, "look", lambda _left: None)


def started_over_and_left(put: Put) -> None:
    """Nobody looks after those whose room has started over, until somebody comes."""
    put(Rooms, "take_started_over", lambda _rooms: set())


def lost_lease_not_made_up(put: Put) -> None:
    """A server that had lost its lease goes on without a look at what it has missed."""

    async def nothing(_upkeep: Upkeep) -> None: ...

    put(Upkeep, "_make_up", nothing)


def members_are_not_looked_at(put: Put) -> None:
    """What others wrote is told to those who were members when it was looked last."""

    async def nothing(*_asked: Any) -> None: ...

    put(Rooms, "_know_members", nothing)


def deaf_after_a_cut(put: Put) -> None:
    """After its line to the database was cut a server does not look at what it has missed."""
    act_on = Upkeep._act_on

    async def but_missed(upkeep: Upkeep, notification: Any, group: Any) -> None:
        if not isinstance(notification, Missed):
            await act_on(upkeep, notification, group)

    async def nothing(_upkeep: Upkeep) -> None: ...

    put(Upkeep, "_act_on", but_missed)
    put(Upkeep, "_follow_log", nothing)


def everybody_is_told_all(put: Put) -> None:
    """Players are told what DMs are."""
    put(Telling, "to", lambda telling, _view: telling.dms)


def old_role_goes_on(put: Put) -> None:
    """Whoever has another role goes on where the old one was."""
    was_told = transport.rooms.resume.was_told

    def in_any_role(member: Any, told: Any) -> bool:
        return was_told(replace(member, visible_since=0), told)

    put(transport.rooms.resume, "was_told", in_any_role)


def start_shows_nobody(put: Put) -> None:
    """Who is there when a session starts is not shown where the others were not heard of."""
    take_in = Attendance.take_in

    def without_news(attendance: Attendance, event: Any) -> None:
        if isinstance(event, SessionStarted):
            attendance.presence.expect(frozenset(event.present) - attendance.presence.here())
            attendance._review_all()
        else:
            take_in(attendance, event)

    put(Attendance, "take_in", without_news)


def old_names_of_what_is_staged(put: Put) -> None:
    """The list of what is staged names people as they were."""
    put(
        transport.rooms.live_projection,
        "_shown",
        lambda members: {user: member.name for user, member in members.items()},
    )


FAULTS: tuple[Callable[[Put], None], ...] = (
    told_before_the_commit,
    lease_not_asked,
    gap_at_a_resume,
    refusal_forgotten,
    members_not_in_the_append,
    old_members_under_a_new_number,
    join_without_a_question,
    nobody_left_behind,
    started_over_and_left,
    lost_lease_not_made_up,
    members_are_not_looked_at,
    deaf_after_a_cut,
    everybody_is_told_all,
    old_role_goes_on,
    start_shows_nobody,
    old_names_of_what_is_staged,
)
"""In any order."""
