"""How fast the past is: any moment of a long campaign, and the timelines of all its sessions.

The floor is what the database alone needs: to answer the smallest question, and to hand over the rows.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from uuid import uuid4

from rich.console import Console
from rich.progress import track
from rich.table import Table

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import AnyCommand, ImportMap, RecordArrival, RecordDeparture, client_message
from domain.decide import CommandContext
from domain.events import Event
from domain.hexes import Grid
from domain.ids import CampaignId, UserId
from domain.postgres import PostgresStore
from domain.refusals import Refused
from migrations.embedded.server import EmbeddedServer
from migrations.runner import migrate
from projections.people import Member, Viewer
from projections.timeline import Timeline, state_then
from projections.views import ANY_DM
from transport.database import connection_pool
from transport.event_loop.garbage import collect_rarely
from transport.history import Past, telling
from transport.rooms.snapshot_store import SnapshotStore
from transport.wire.json import wire_json

EVENTS = 100_000
SIDE = 12
SESSION = 2_000
MOMENTS = 200
READINGS = 5
PLAYERS = [UserId(str(uuid4())) for _ in range(4)]
MEMBERS = {player: Member(player, f"Player {n}", "player") for n, player in enumerate(PLAYERS)}


async def measure() -> None:
    """Prints a table."""
    collect_rarely()
    table = Table(title=f"A campaign of {EVENTS:,} events on {SIDE * SIDE} hexes")
    for column in ("what", "measured", "floor"):
        table.add_column(column, justify="left" if column == "what" else "right")
    with a_server() as url:
        async with PostgresStore(url) as store, connection_pool(url) as pool:
            past, campaign = Past(store, SnapshotStore(pool)), CampaignId(uuid4())
            await fill(store, campaign)
            await moments(past, campaign, table)
            rows = await reading(store, campaign)
            for name, viewer in (("a DM", ANY_DM), ("a player", Viewer(PLAYERS[0], "player"))):
                first, *later = [await timelines(past, campaign, viewer) for _ in range(READINGS)]
                told = f"{median(later):,.0f} ({min(later):,.0f} to {max(later):,.0f})"
                table.add_row(f"events/s, timelines of {name}", told, f"{rows:,.0f}")
                if name == "a DM":
                    table.add_row("events/s, read for the first time", f"{first:,.0f}", "")
    Console().print(table)


@contextmanager
def a_server() -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory(prefix="fogbound-bench-") as folder,
        EmbeddedServer.start(Path(folder), fsync=False) as server,
    ):
        migrate(server.url)
        yield server.url


async def moments(past: Past, campaign: CampaignId, table: Table) -> None:
    head = await past.head(campaign)
    dice = random.Random(1)
    start = time.perf_counter()
    await past.room_at(campaign, head)
    first = time.perf_counter() - start
    took, floor = [], []
    for _ in track(range(MOMENTS), "moments"):
        version = dice.randint(1, head)
        start = time.perf_counter()
        wire_json(state_then(ANY_DM, MEMBERS, await past.moment(campaign, version)))
        took.append(time.perf_counter() - start)
        start = time.perf_counter()
        await past.head(campaign)
        floor.append(time.perf_counter() - start)
    asked = f"{median(floor) * 1000:.1f} ms"
    table.add_row("the first moment, without a snapshot", f"{first * 1000:.0f} ms", asked)
    table.add_row("any moment, median", f"{median(took) * 1000:.1f} ms", asked)
    table.add_row("any moment, longest", f"{max(took) * 1000:.1f} ms", asked)


async def timelines(past: Past, campaign: CampaignId, viewer: Viewer) -> float:
    """Events a second over all sessions, the encoding included."""
    head = await past.head(campaign)
    start = time.perf_counter()
    for stretch in track(await past.stretches(campaign), "timelines"):
        begin = await past.beginning(campaign, stretch)
        assert begin is not None
        timeline = Timeline(viewer, MEMBERS, begin)
        wire_json(timeline.start)
        async for lines in telling(past, campaign, timeline, stretch.last(head)):
            b"".join([wire_json(line) + b"\n" for line in lines])
    return head / (time.perf_counter() - start)


async def reading(store: PostgresStore, campaign: CampaignId) -> float:
    """Rows a second, as they come."""
    start, rows = time.perf_counter(), 0
    async for batch in store.rows(campaign):
        rows += len(batch)
    return rows / (time.perf_counter() - start)


async def fill(store: PostgresStore, campaign: CampaignId) -> None:
    batch: list[Event] = []
    for event in track(evenings(campaign), "playing", total=EVENTS):
        batch.append(event)
        if len(batch) == 500:
            await store.append(batch)
            batch = []
    await store.append(batch)


def evenings(campaign: CampaignId, events: int = EVENTS) -> Iterator[Event]:
    """At least so many: a map, and then sessions in which hexes are revealed and changed, some of them staged."""
    dice, aggregate, now = random.Random(1), SessionAggregate.at(campaign), datetime(2026, 1, 1, tzinfo=UTC)
    context = CommandContext(players=set(PLAYERS))
    keys = [f"{q},{r}" for q in range(SIDE) for r in range(SIDE)]
    grid = Grid(name="Coast", width=SIDE, height=SIDE, hex_size=30, orientation="flat")

    def give(command: AnyCommand) -> list[Event]:
        nonlocal now
        now += timedelta(seconds=dice.expovariate(1 / 5))
        try:
            return aggregate.handle(command, context, CommandMetadata(PLAYERS[0], now, uuid4))
        except Refused:
            return []

    yield from give(ImportMap(tuple((key, "forest") for key in keys), (), grid))
    while aggregate.version < events:
        yield from give(message("session:start"))
        for _ in range(SESSION):
            yield from give(a_command(dice, dice.sample(keys, dice.randint(1, 3))))
        yield from give(message("session:end"))


def a_command(dice: random.Random, keys: list[str]) -> AnyCommand:
    player = dice.choice(PLAYERS)
    targets = dice.choice(["all", "all", {"playerIds": [player]}])
    kinds: list[tuple[int, AnyCommand]] = [
        (50, message("hex:reveal", hexKeys=keys, targets=targets)),
        (40, message("hex:update", changes=[{"key": key, "terrain": dice.choice(["swamp", "lava"])} for key in keys])),
        (1, message("broadcast:mode", mode="staged")),
        (4, message("broadcast:publish")),
        (2, message("broadcast:mode", mode="immediate")),
        (2, RecordArrival(player)),
        (1, RecordDeparture(player)),
    ]
    return dice.choices([command for _, command in kinds], weights=[weight for weight, _ in kinds])[0]


def message(type_: str, **fields: object) -> AnyCommand:
    return client_message.validate_python({"type": type_, **fields})
