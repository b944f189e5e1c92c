"""What goes wrong in an evening. Each takes its choices from a chance of its own, as deeds do."""

from __future__ import annotations

from random import Random

from tests.simulation.clocks import NOW
from tests.simulation.deeds import change_members, sign_out
from tests.simulation.server import Server
from tests.simulation.table import Table


def cut_a_client(table: Table, chance: Random) -> None:
    """Its line, of which both ends learn sooner or later."""
    if links := [client.link for client in table.clients if client.link is not None]:
        table.world.tell("a line is cut")
        chance.choice(links).cut()


def cut_off_from_the_database(table: Table, chance: Random) -> None:
    """One server."""
    if server := _some_server(table, chance):
        seconds = chance.uniform(0.05, 3)
        table.world.tell(f"{server.name} is without the database for {seconds:.1f} s")
        server.line.cut(seconds)


def crowd_the_directory(table: Table, chance: Random) -> None:
    """Of one server: what it asks of people gets no answer, and nothing else fails. Meanwhile they change."""
    if server := _some_server(table, chance):
        seconds = chance.uniform(0.1, 2)
        table.world.tell(f"{server.name} cannot ask about people for {seconds:.1f} s")
        server.line.people_are_asked_for_until = NOW.seconds + seconds
        table.world.after(chance.uniform(0, seconds), lambda: change_members(table, chance))


def restart_the_database(table: Table, chance: Random) -> None:
    """All servers are cut off from it."""
    seconds = chance.uniform(0.2, 2)
    table.world.tell(f"the database is away for {seconds:.1f} s")
    for server in table.servers:
        server.line.cut(seconds)


def freeze(table: Table, chance: Random) -> None:
    """A server stands still, perhaps for longer than its lease."""
    if server := _some_server(table, chance):
        server.machine.freeze(chance.uniform(0.2, 4))


def freeze_in_a_commit(table: Table, chance: Random) -> None:
    """The next server that appends, before it has the answer; meanwhile somebody loses their place."""

    def freeze_the_writer(line: object) -> None:
        table.database.after_append = lambda _line: None
        (server,) = (server for server in table.servers if server.line is line)
        server.machine.freeze(chance.uniform(1, 5))
        table.world.after(0.2, lambda: chance.choice((change_members, sign_out))(table, chance))

    table.database.after_append = freeze_the_writer


def kill(table: Table, chance: Random) -> None:
    """A server. Most often another one starts in its place."""
    if server := _some_server(table, chance):
        server.machine.die()
        if chance.random() < 0.8:
            table.world.after(chance.uniform(0.1, 2), table.new_server)


def stop(table: Table, chance: Random) -> None:
    """A server is told to, and another one starts in its place."""
    if server := _some_server(table, chance):
        table.world.tell(f"{server.name} is told to stop")
        server.stop()
        table.world.after(chance.uniform(0.1, 1), table.new_server)


TROUBLES = (
    cut_a_client,
    cut_a_client,
    cut_off_from_the_database,
    crowd_the_directory,
    restart_the_database,
    freeze,
    freeze_in_a_commit,
    kill,
    stop,
)


def _some_server(table: Table, chance: Random) -> Server | None:
    able = [server for server in table.servers if not server.machine.is_dead]
    return chance.choice(able) if able else None
