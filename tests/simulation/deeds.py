"""What people do in an evening. Each takes its choices from a chance of its own, so that it can be left out alone."""

from __future__ import annotations

from random import Random
from typing import Any

from domain.ids import UserId
from projections.people import Role
from tests.domain.scenario import ADA, BO, CY, DM
from tests.simulation.client import Client
from tests.simulation.clocks import NOW
from tests.simulation.history import Gone
from tests.simulation.table import Table

KEYS = ("0,0", "1,0", "2,0", "0,1", "1,1")

CHANGES: tuple[tuple[UserId, Role | None], ...] = (
    (CY, "player"),
    (CY, None),
    (CY, "dm"),
    (ADA, "dm"),
    (BO, "dm"),
    (BO, None),
)
"""Of the members; None is a removal."""


def start(table: Table, _chance: Random) -> None:
    """Dee starts a session."""
    _say(table, table.first_client_of(DM), {"type": "session:start"})


def command(table: Table, chance: Random) -> None:
    """Dee or Cy give some command."""
    client = table.first_client_of(DM if chance.random() < 0.7 else CY)
    _say(table, client, _some_command(table, chance))


def change_members(table: Table, chance: Random) -> None:
    """Dee removes somebody, or gives somebody a role. Whoever may not command any more tries to, perhaps."""
    user, role = chance.choice(CHANGES)
    server = table.front()
    if server is None:
        return
    name = table.database.name_of(user)
    table.world.tell(f"Dee makes {name} {role or 'nobody'} at {server.name}")

    def done() -> None:
        table.world.tell(f"{name} is {role or 'nobody'}")
        if role is None:
            table.history.gone.append(Gone(NOW.seconds, user))
        for client in table.clients:
            if chance.random() < 0.3 and client.user in (DM, CY):
                _say(table, client, _some_command(table, chance))

    server.change_members(user, role, DM, done)


def sign_out(table: Table, chance: Random) -> None:
    """Somebody does."""
    client, server = chance.choice(table.clients), table.front()
    if server is not None:
        table.world.tell(f"{client.name} signs out at {server.name}")
        server.sign_out(client.user, lambda: table.history.gone.append(Gone(NOW.seconds, client.user)))


def come_or_go(table: Table, chance: Random) -> None:
    """A tab is closed, or opened again."""
    client = chance.choice(table.clients)
    if client.is_wanted:
        client.leave()
    else:
        client.come()


def all_leave(table: Table, _chance: Random) -> None:
    """Every tab is closed."""
    for client in table.clients:
        client.leave()


def _say(table: Table, client: Client, message: dict[str, Any]) -> None:
    if client.is_wanted and not client.is_turned_away:
        client.send(f"c{len(table.history.said) + 1}", message)


def _some_command(table: Table, chance: Random) -> dict[str, Any]:
    keys = chance.sample(KEYS, chance.randint(1, 2))
    match chance.choice("rrrrrrruuuupmmPsx"):
        case "r":
            to: Any = chance.choice(("all", "all", {"playerIds": [ADA]}, {"playerIds": [BO]}))
            return {"type": "hex:reveal", "hexKeys": keys, "targets": to}
        case "u":
            terrain = f"terrain {len(table.history.said)}"
            return {"type": "hex:update", "changes": [{"key": key, "terrain": terrain} for key in keys]}
        case "m":
            return {"type": "broadcast:mode", "mode": chance.choice(("immediate", "staged"))}
        case "P":
            return {"type": "broadcast:publish"}
        case "p":
            return {"type": chance.choice(("session:pause", "session:resume"))}
        case "s":
            return {"type": chance.choice(("session:start", "session:end"))}
        case _:
            return {"type": "staged:undo", "index": chance.randint(0, 1)}
