"""What the log has of an unfinished import of a map: what came, and the commands that take it back.

Those are lines of JSON: `{"after": EVENT}`, then a command each, so that whoever gives them reads one at a time.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from domain.commands import ImportMap
from domain.hexes import Grid, HexKey
from domain.ids import CampaignId, EventId
from domain.map_parts import MapPart, UnfinishedImport
from projections.before_import import BeforeImport
from transport.history.past import Past
from transport.history.questions import HexesThatCame, History, TakingBack
from transport.map_file import arranged, numbered
from transport.map_parts import Back, Came, WayBack, hexes_of_import

_command: TypeAdapter[ImportMap] = TypeAdapter(ImportMap)


def came_by(history: History, campaign: CampaignId) -> Came:
    """See transport.map_parts.Came."""

    async def came(unfinished: UnfinishedImport) -> list[HexKey]:
        answer = await history.ask(HexesThatCame(campaign, unfinished.id, unfinished.begun))
        return (answer.body or b"").decode().split("\n")

    return came


def back_by(history: History, campaign: CampaignId) -> Back:
    """See transport.map_parts.Back."""

    async def back(unfinished: UnfinishedImport) -> WayBack | None:
        answer = await history.ask(TakingBack(campaign, unfinished.id, unfinished.begun))
        if answer.body is None:
            return None
        head, *commands = answer.body.split(b"\n")
        return WayBack(EventId(UUID(from_json(head)["after"])), map(_command_in, commands))

    return back


def _command_in(line: bytes) -> ImportMap:
    """Not validated: the event that it becomes is, and to do it twice would hold the loop for ten milliseconds more."""
    told = from_json(line)
    grid, part = told["grid"], MapPart.model_validate(told["part"])
    return ImportMap(told["changes"], told["variants"], None if grid is None else Grid.model_validate(grid), part)


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
    commands = await asyncio.to_thread(commands_back, before, unfinished)
    return b"\n".join([to_json({"after": before.painted}), *(_command.dump_json(one) for one in commands)])


def commands_back(before: BeforeImport, unfinished: UnfinishedImport) -> list[ImportMap]:
    """Those that take the rest of it back, at least one."""
    known, grid = before.room.knowers, before.grid
    flat, pointy = (
        [(key, one.terrain, one.variant) for key, one in before.hexes.items() if one.is_pointy == is_pointy]
        for is_pointy in (False, True)
    )
    part = MapPart(
        import_id=unfinished.id,
        file=unfinished.file,
        number=unfinished.parts + 1,
        left=len(pointy),
        takes_back=True,
    )
    commands = numbered(arranged(grid, flat, known), part) if flat or not pointy else []
    if not pointy:
        return commands
    rest = part.model_copy(update={"number": part.number + len(commands), "left": 0, "pointy": True})
    return [*commands, *numbered(arranged(grid, pointy, known), rest)]
