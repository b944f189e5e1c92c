"""The table of an evening: its people, the servers, the database, and whether all is well in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from domain.ids import UserId
from projections.people import Member, People, Role, Viewer
from projections.room_state import RoomState
from projections.viewer_state import ViewerState
from projections.views import state_for
from tests.domain.scenario import ADA, BO, CAMPAIGN, CY, DM
from tests.simulation.client import Client
from tests.simulation.clocks import NOW
from tests.simulation.database import Database
from tests.simulation.history import History
from tests.simulation.server import Server
from tests.simulation.world import World
from transport.settings import Settings

SETTINGS = Settings(lease_seconds=2, leave_grace_seconds=0.4, staged_changes=4, resume_events=6, commands_per_second=0)

PEOPLE: tuple[tuple[UserId, str, Role], ...] = (
    (DM, "Dee", "dm"),
    (CY, "Cy", "dm"),
    (ADA, "Ada", "player"),
    (BO, "Bo", "player"),
)


class Table:
    """Begins with one to three servers, and a tab or two of each person, who come in the first two seconds."""

    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        self.history = History()
        self.database = Database(CAMPAIGN, [Member(user, name, role) for user, name, role in PEOPLE])
        self.servers: list[Server] = []
        chance = self.world.chance
        for _ in range(chance.choice((1, 1, 2, 2, 3))):
            self.new_server()
        self.clients = [
            Client(self.world, self.history, self.front, user, f"{name}{tab or ''}")
            for user, name, _ in PEOPLE
            for tab in range(1 if chance.random() < 0.8 else 2)
        ]
        for client in self.clients:
            self.world.after(chance.uniform(0, 1.5), client.connect)

    def first_client_of(self, user: UserId) -> Client:
        """The tab in which this person gives commands."""
        return next(client for client in self.clients if client.user == user)

    def front(self) -> Server | None:
        """Some server that can be reached."""
        able = [server for server in self.servers if server.can_be_reached]
        return self.world.chance.choice(able) if able else None

    def new_server(self) -> None:
        """Starts one."""
        server = Server(self.world, self.database, f"server {len(self.servers) + 1}", SETTINGS)
        self.servers.append(server)
        self.world.tell(f"{server.name} starts")

    def heal(self) -> None:
        """From here on nothing goes wrong."""
        self.world.tell("from here on nothing goes wrong")
        for server in self.servers:
            server.machine.frozen_until = min(server.machine.frozen_until, NOW.seconds)
        if not any(server.can_be_reached for server in self.servers):
            self.new_server()

    @property
    def is_settled(self) -> bool:
        """Whether everybody is where they want to be, and waits for nothing."""
        return all(client.is_settled for client in self.clients)

    def amiss(self, room: RoomState) -> Iterator[str]:
        """Unless everybody knows what a new connection would be shown of that room, which is that of the log."""
        for client in self.clients:
            if not client.is_settled:
                yield f"{client.name} does not come to rest: {client.unanswered}"
        here = [client for client in self.clients if client.link is not None]
        online = frozenset(client.user for client in here)
        if room.table.present != (online if room.table.is_live else frozenset()):
            yield f"the log has {sorted(room.table.present)} at the table, and {sorted(online)} are"
        people = People(self.database.members, online)
        for client in here:
            member = self.database.members.get(client.user)
            if member is None:
                yield f"{client.name} is connected, and no member"
            elif client.state != (shown := ViewerState.of(state_for(Viewer(client.user, member.role), room, people))):
                yield f"{client.name} {_difference(client.state, shown)}"


def _difference(told: ViewerState, shown: ViewerState) -> str:
    """What a client was told last, beside what the log shows."""
    lines: list[str] = []
    for field in fields(ViewerState):
        was_told, is_shown = getattr(told, field.name), getattr(shown, field.name)
        if isinstance(was_told, dict):
            differing = [key for key in was_told.keys() | is_shown.keys() if was_told.get(key) != is_shown.get(key)]
            was_told, is_shown = ({key: one.get(key) for key in differing} for one in (was_told, is_shown))
        if was_told != is_shown:
            lines.append(f"was told {field.name} {was_told}, the log has {is_shown}")
    return "; ".join(lines)
