"""What happened, and what somebody knew at a moment: the views of today on the states of then."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import NamedTuple

from aiohttp import web

from domain.ids import EventId, UserId
from domain.refusals import Refused
from domain.store import EngineError
from projections.people import Member, People, Viewer
from projections.stretches import Moment
from projections.timeline import Timeline, state_then
from projections.views import ANY_DM, messages_for
from transport.directory.refusals import NothingHere
from transport.history import telling
from transport.http.access import Seat, parse_id, require_member
from transport.http.problems import BadRequest, Forbidden
from transport.http.services import DIRECTORY, FIGURES, PAST, SETTINGS
from transport.wire_json import wire_json

_CHUNK_BYTES = 64 * 1024
"""Written at once."""

_NUMBER = re.compile("[1-9][0-9]{0,8}")


class Eyes(NamedTuple):
    """Whose past is asked for. A player's begins with the joining, `since`, after the event of version `after`."""

    seat: Seat
    viewer: Viewer
    members: Mapping[UserId, Member]
    since: datetime | None = None
    after: int = 0


async def sessions(request: web.Request) -> web.Response:
    """GET /api/campaigns/ID/sessions"""
    eyes = await _eyes(request)
    found = await request.app[FIGURES].of(eyes.seat.campaign, eyes.viewer, eyes.after, eyes.members)
    return _json({"sessions": found})


async def state(request: web.Request) -> web.Response:
    """GET /api/campaigns/ID/state"""
    eyes = await _eyes(request)
    if "eventId" in request.query and "at" in request.query:
        raise BadRequest("Name one moment: eventId or at")
    if "eventId" in request.query:
        moment = await _moment_of_event(request, eyes, "eventId")
    else:
        moment = await _moment_at(request, eyes)
    return _json(state_then(eyes.viewer, eyes.members, moment))


async def timeline(request: web.Request) -> web.StreamResponse:
    """GET /api/campaigns/ID/sessions/N/timeline"""
    eyes = await _eyes(request)
    most = _limit(request)
    begin, up_to = await _begin(request, eyes)
    lines = Timeline(eyes.viewer, eyes.members, begin)
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    chunk = bytearray()
    try:
        told = telling(request.app[PAST], eyes.seat.campaign, lines, up_to, most)
        async with aclosing(told):
            async for batch in told:
                for line in batch:
                    chunk += wire_json(line) + b"\n"
                    # Line by line, and not when the batch ends: nobody may see where that is.
                    if len(chunk) > _CHUNK_BYTES:
                        await _write(request, response, eyes.seat, chunk)
                        chunk.clear()
        await _write(request, response, eyes.seat, chunk)
    except (EngineError, Refused, TimeoutError):
        # An answer that just ended would look whole.
        _break_off(request)
    return response


async def _eyes(request: web.Request) -> Eyes:
    """Raises NotSignedIn, NothingHere, Forbidden, BadRequest."""
    seat = await require_member(request)
    asked = _asked(request, "as")
    wanted = asked if asked is not None else "dm" if seat.role == "dm" else seat.user
    directory = request.app[DIRECTORY]
    members = await directory.roster(seat.campaign)
    if seat.role == "player":
        joined_at = (await directory.joinings(seat.campaign)).get(seat.user)
        if wanted != seat.user or joined_at is None:
            raise Forbidden("A player may look back with the own eyes only")
        after = await request.app[PAST].version_at(seat.campaign, joined_at)
        return Eyes(seat, Viewer(seat.user, "player"), members, joined_at, after)
    if wanted == "dm":
        return Eyes(seat, ANY_DM, members)
    if parse_id(wanted) is None:
        raise BadRequest("as: dm or the id of a person")
    user = UserId(wanted)
    return Eyes(seat, Viewer(user, members[user].role if user in members else "player"), members)


async def _begin(request: web.Request, eyes: Eyes) -> tuple[Moment, int]:
    """Where the timeline begins, and the version that it ends with. Raises NothingHere, BadRequest."""
    past, campaign = request.app[PAST], eyes.seat.campaign
    number = request.match_info["number"]
    stretch = next((one for one in await past.stretches(campaign) if str(one.number) == number), None)
    if stretch is None:
        raise NothingHere
    up_to = stretch.last(await past.head(campaign))
    if "from" in request.query:
        begin = await _moment_of_event(request, eyes, "from")
        if begin.stretch.number != stretch.number:
            raise NothingHere
    else:
        found = await past.beginning(campaign, stretch, eyes.since)
        if found is None:
            raise NothingHere
        begin = found
    return begin, up_to


async def _moment_of_event(request: web.Request, eyes: Eyes, name: str) -> Moment:
    """After the event that the address names. One that the viewer was not told of is as unknown as any other."""
    event = parse_id(_asked(request, name) or "")
    if event is None:
        raise BadRequest(f"{name}: no id of an event")
    past, campaign = request.app[PAST], eyes.seat.campaign
    version = await past.version_of(campaign, EventId(event))
    if version is None or version <= eyes.after:
        raise NothingHere
    moment = await past.moment(campaign, version)
    step, people = moment.step, People(eyes.members, frozenset())
    if step is None or (
        eyes.seat.role == "player" and not messages_for(eyes.viewer, step.event, step.before, step.after, people)
    ):
        raise NothingHere
    return moment


async def _moment_at(request: web.Request, eyes: Eyes) -> Moment:
    """After the last event by the time that the address names."""
    try:
        at = datetime.fromisoformat(_asked(request, "at") or "")
        at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRequest("Name a moment: eventId, or at as in 2026-03-01T20:15:00Z") from None
    if at.tzinfo is None:
        raise BadRequest("at: say in which time zone, as in 2026-03-01T20:15:00Z")
    past, campaign = request.app[PAST], eyes.seat.campaign
    # By the time, not by the version: that would tell whether something hidden happened before the joining.
    if eyes.since is not None and at < eyes.since:
        raise NothingHere
    version = await past.version_at(campaign, at)
    return await past.moment(campaign, version)


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


async def _write(request: web.Request, response: web.StreamResponse, seat: Seat, chunk: bytes | bytearray) -> None:
    """Raises TimeoutError when the one who asked does not read, NothingHere when that is no member any more."""
    if await require_member(request) != seat:
        raise NothingHere
    async with asyncio.timeout(request.app[SETTINGS].idle_seconds):
        await response.write(bytes(chunk))


def _break_off(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _json(content: object) -> web.Response:
    return web.Response(body=wire_json(content), content_type="application/json")
