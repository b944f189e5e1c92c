"""Has a room's commands decided, where nobody at another table waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from domain.decide import CommandContext
from transport.rooms.command import PendingCommand
from transport.rooms.command_handler import CommandHandler, Decision
from transport.rooms.inbox import BATCH_HEXES, weight_of_command
from transport.rooms.live_projection import LiveProjection


async def decide(
    handler: CommandHandler, batch: Sequence[PendingCommand], room: LiveProjection, max_staged: int
) -> list[Decision]:
    """In a thread if it takes long. Nobody else asks the command handler: the room's task does it alone."""
    # Who was removed stays for the grace, and is not there any more.
    here = room.presence.here() & room.members.keys()
    context = CommandContext(room.players, here, max_staged, room.members)
    given = batch, context, room.members
    if sum(weight_of_command(pending.command) for pending in batch) > BATCH_HEXES:
        return await asyncio.to_thread(handler.decide, *given)
    return handler.decide(*given)
