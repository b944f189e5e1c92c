"""What happened in several campaigns at once, in the order in which it was logged."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from uuid import UUID

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import AnyCommand, RecordArrival, RecordDeparture
from domain.decide import CommandContext
from domain.events import Event
from domain.ids import CampaignId
from domain.refusals import Refused
from tests.domain.scenario import (
    ADA,
    BO,
    CY,
    DM,
    END,
    IMMEDIATE,
    NOW,
    PAUSE,
    PUBLISH,
    RESUME,
    STAGED,
    START,
    message,
    reveal,
    update,
)

PLAYERS = (ADA, BO, CY)


def history(random: Random, commands: int, campaigns: int = 3) -> list[Event]:
    """The events of so many commands, refused ones among them. Before them each campaign gets two hexes of terrain."""
    tables = [SessionAggregate.at(CampaignId(a_uuid(random))) for _ in range(campaigns)]
    context = CommandContext(players=set(PLAYERS), max_staged=6)
    now, events = NOW, list[Event]()

    def give(table: SessionAggregate, command: AnyCommand) -> list[Event]:
        try:
            return table.handle(command, context, CommandMetadata(DM, now, lambda: a_uuid(random)))
        except Refused:
            return []

    for table in tables:
        events += give(table, update(q0r0="forest")) + give(table, update(q1r0="swamp"))
    for _ in range(commands):
        now += timedelta(seconds=random.choice([0, 0.5, 30, 3_600]))
        events += give(random.choice(tables), a_command(random))
    return events


def a_command(random: Random) -> AnyCommand:
    """One that makes sense in some situation."""
    keys = [f"{random.randint(0, 2)},{random.randint(0, 2)}" for _ in range(random.randint(1, 3))]
    player = random.choice(PLAYERS)
    audience = random.choice(["all", [player], list(PLAYERS[:2])])
    terrain = random.choice(["forest", "swamp", "lava"])
    often = [
        reveal(*dict.fromkeys(keys), to=audience),
        update(**{"q" + key.replace(",", "r"): terrain for key in keys}),
        RecordArrival(player),
        RecordDeparture(player),
    ]
    seldom = [STAGED, IMMEDIATE, PUBLISH, START, PAUSE, RESUME, END, message("staged:undo", index=0)]
    return random.choice([*often, *seldom])


def a_uuid(random: Random) -> UUID:
    """Of version 4, as the program's own are."""
    return UUID(int=random.getrandbits(128), version=4)
