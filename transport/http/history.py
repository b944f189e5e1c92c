"""What happened, and what somebody knew at a moment: the views of today on the states of then."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from aiohttp import web

from domain.ids import EventId, UserId
from domain.refusals import Refused
from domain.store import EngineError
from projections.messages import SessionState
from projections.views import ANY_DM
from transport.accounts.refusals import NothingHere
from transport.history.questions import Answer, PastViewer, Question, Sessions, StateAfter, StateAt, TimelinePart
from transport.http.access import Seat, parse_id, require_member, still_as
from transport.http.app_keys import DIRECTORY, HISTORY, SETTINGS, TURNS
from transport.http.pace import a_pace
from transport.http.problems import BadRequest, Forbidden
from transport.http.responses import JsonResponse, LinesResponse, sent
from transport.wire import answers

CHUNK_BYTES = 256 * 1024
"""Written at once. Of a timeline for a player there is one for each beat."""

_NUMBER = re.compile("[1-9][0-9]{0,8}")


async def sessions(request: web.Request) -> JsonResponse[answers.SessionsTold]:
    """GET /api/campaigns/ID/sessions"""
    return await _looked_up(request, Sessions)


async def state(request: web.Request) -> JsonResponse[SessionState]:
    """GET /api/campaigns/ID/state"""
    return await _looked_up(request, partial(_state_asked, request))


def _state_asked(request: web.Request, viewer: PastViewer) -> Question:
    """Raises BadRequest."""
    if "eventId" in request.query and "at" in request.query:
        raise BadRequest("Name one moment: eventId or at")
    if "eventId" in request.query:
        return StateAfter(viewer, _event(request, "eventId"))
    return StateAt(viewer, _time(request))


async def timeline(request: web.Request) -> LinesResponse[answers.TimelinePart]:
    """GET /api/campaigns/ID/sessions/N/timeline"""
    seat, viewer = who = await _past_viewer(request)
    begin = _event(request, "from") if "from" in request.query else None
    asked = TimelinePart(viewer, request.match_info["number"], begin, _limit(request))
    async with request.app[TURNS].of(seat.user):
        rhythm = a_pace(seat)
        async with rhythm.kept():
            part = await _found(request, asked)
        response: LinesResponse[answers.TimelinePart] = LinesResponse()
        await response.prepare(request)
        try:
            async for number, piece in _pieces(request, asked, part):
                if number:
                    await rhythm.beat()
                await _write(request, response, who, piece)
        except (EngineError, Refused, TimeoutError):
            # An answer that just ended would look whole.
            _break_off(request)
    return response


async def _pieces(request: web.Request, asked: TimelinePart, part: Answer) -> AsyncIterator[tuple[int, bytes]]:
    """All lines from a part on, in pieces of one size: where parts end would show how much lies hidden between lines.

    Raises NothingHere, EngineError.
    """
    coming, number = bytearray(part.body or b""), 0
    while True:
        while part.rest is not None and len(coming) < CHUNK_BYTES:
            part = await _found(request, replace(asked, place=part.rest))
            coming += part.body or b""
        yield number, bytes(coming[:CHUNK_BYTES])
        del coming[:CHUNK_BYTES]
        number += 1
        if part.rest is None and not coming:
            break


async def _looked_up(request: web.Request, question: Callable[[PastViewer], Question]) -> JsonResponse[Any]:
    async def look(who: tuple[Seat, PastViewer]) -> bytes:
        seat, viewer = who
        async with a_pace(seat).kept():
            return (await _found(request, question(viewer))).body or b""

    who = await _past_viewer(request)
    async with request.app[TURNS].of(who[0].user):
        return await sent(request, JsonResponse(await still_as(partial(_past_viewer, request), look, who)))


async def _found(request: web.Request, asked: Question) -> Answer:
    """Raises NothingHere, EngineError."""
    answer = await request.app[HISTORY].ask(asked)
    if answer.body is None:
        raise NothingHere
    return answer


async def _past_viewer(request: web.Request) -> tuple[Seat, PastViewer]:
    """Raises NotSignedIn, NothingHere, Forbidden, BadRequest."""
    seat = await require_member(request)
    asked = _asked(request, "as")
    wanted = asked if asked is not None else "dm" if seat.role == "dm" else seat.user
    directory = request.app[DIRECTORY]
    if seat.role == "player":
        joined_at = (await directory.joinings(seat.campaign)).get(seat.user)
        if wanted != seat.user or joined_at is None:
            raise Forbidden("A player may look back as themselves only")
        return seat, PastViewer(seat.campaign, seat.user, "player", joined_at)
    if wanted == "dm":
        return seat, PastViewer(seat.campaign, ANY_DM.user_id, "dm")
    if parse_id(wanted) is None:
        raise BadRequest("as: dm or the id of a person")
    user = UserId(wanted)
    members = await directory.roster(seat.campaign)
    return seat, PastViewer(seat.campaign, user, members[user].role if user in members else "player")


def _event(request: web.Request, name: str) -> EventId:
    """The event that the address names."""
    event: UUID | None = parse_id(_asked(request, name) or "")
    if event is None:
        raise BadRequest(f"{name}: no id of an event")
    return EventId(event)


def _time(request: web.Request) -> datetime:
    """The time that the address names."""
    try:
        at = datetime.fromisoformat(_asked(request, "at") or "")
        in_utc = at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRequest("Name a moment: eventId, or at as in 2026-03-01T20:15:00Z") from None
    if at.tzinfo is None:
        raise BadRequest("at: say in which time zone, as in 2026-03-01T20:15:00Z")
    return in_utc  # an offset may have seconds, which other programs don't read


def _asked(request: web.Request, name: str) -> str | None:
    """What stands for a name behind the question mark; given twice it could be taken in two ways."""
    values = request.query.getall(name, [])
    if len(values) > 1:
        raise BadRequest(f"{name}: more than one")
    return values[0] if values else None


def _limit(request: web.Request) -> int | None:
    """The most lines of events that are wanted."""
    text = _asked(request, "limit")
    if text is not None and not _NUMBER.fullmatch(text):
        raise BadRequest("limit: a whole number above 0")
    return int(text) if text is not None else None


async def _write(
    request: web.Request, response: web.StreamResponse, who: tuple[Seat, PastViewer], chunk: bytes
) -> None:
    """Raises TimeoutError when the one who asked does not read, NothingHere when that may not look as before."""
    if await _past_viewer(request) != who:
        raise NothingHere
    async with asyncio.timeout(request.app[SETTINGS].idle_seconds):
        await response.write(chunk)


def _break_off(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
