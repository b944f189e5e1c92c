"""What the log has of an unfinished import of a map: what came, and the commands that take it back.

Those are lines of JSON: `{"after": EVENT}`, then a command each, and an empty line after those of an append. So
whoever gives them reads one append at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

from pydantic_core import from_json, to_json

from domain.commands import ImportMap
from domain.hexes import HexKey
from domain.ids import CampaignId, EventId
from domain.map_parts import MapPart, UnfinishedImport
from projections.before_import import BeforeImport
from transport.history.past import Past
from transport.history.questions import HexesThatCame, History, TakingBack
from transport.maps.command_lines import command_in, line_of
from transport.maps.file import Arranged, arranged, in_appends, numbered
from transport.maps.parts import Back, Came, WayBack, hexes_of_import


def came_by(history: History, campaign: CampaignId) -> Came:
    """See transport.maps.parts.Came."""

    async def came(unfinished: UnfinishedImport) -> list[HexKey]:
        answer = await history.ask(HexesThatCame(campaign, unfinished.id, unfinished.begun))
        return (answer.body or b"").decode().split("\n")

    return came


def back_by(history: History, campaign: CampaignId) -> Back:
    """See transport.maps.parts.Back."""

    async def back(unfinished: UnfinishedImport) -> WayBack | None:
        answer = await history.ask(TakingBack(campaign, unfinished.id, unfinished.begun))
        if answer.body is None:
            return None
        head, commands = answer.body.split(b"\n", 1)
        return WayBack(EventId(UUID(from_json(head)["after"])), _appends_in(commands))

    return back


def _appends_in(lines: bytes) -> Iterator[list[ImportMap]]:
    for append in lines.split(b"\n\n"):
        yield [command_in(line) for line in append.split(b"\n")]


async def hexes_that_came(past: Past, asked: HexesThatCame) -> bytes:
    """Raises StoreUnavailable, UnreadableEvent."""
    return "\n".join(await hexes_of_import(past.events(asked.campaign, asked.begun - 1), asked.import_id)).encode()


async def taking_back(past: Past, asked: TakingBack) -> bytes | None:
    """None if the import is not unfinished. Raises StoreUnavailable, UnreadableEvent."""
    before = BeforeImport(asked.import_id, await past.room_at(asked.campaign, asked.begun - 1))
    async for batch in past.steps(asked.campaign, before.room, await past.head(asked.campaign)):
        for step in batch:
            before.take(step)
    unfinished = before.unfinished
    if unfinished is None or not unfinished.taking_back:
        return None
    return await asyncio.to_thread(_way_back, before, unfinished)


def _way_back(before: BeforeImport, unfinished: UnfinishedImport) -> bytes:
    appends = (b"\n".join(map(line_of, parts)) for parts in commands_back(before, unfinished))
    return to_json({"after": before.painted}) + b"\n" + b"\n\n".join(appends)


def commands_back(before: BeforeImport, unfinished: UnfinishedImport) -> list[list[ImportMap]]:
    """Those that take the rest of it back, at least one; those of a list are to be stored in one append."""
    part = MapPart(import_id=unfinished.id, file=unfinished.file, number=unfinished.parts + 1, left=0, takes_back=True)
    pointy = part.model_copy(update={"pointy": True})
    layouts: list[Arranged] = []
    for is_pointy in (False, True):
        hexes = [(key, one.terrain, one.variant) for key, one in before.hexes.items() if one.is_pointy == is_pointy]
        if hexes or not (is_pointy or before.hexes):
            parts = arranged(before.grid, hexes, before.room.knowers)
            its = pointy if is_pointy else part
            layouts.append(Arranged(*([replace(one, part=its) for one in some] for some in parts)))
    return numbered(in_appends(layouts), part)
