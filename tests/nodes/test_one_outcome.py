"""One command id has one outcome, at every server, for ever: also a refusal is one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.end_to_end.peers import Message, Socket
from tests.end_to_end.test_authority import set_role
from tests.nodes.conftest import Split, SplitMaker

pytestmark = pytest.mark.usefixtures("deaf", "no_looking")


@dataclass
class Twice:
    """A DM with a socket at each of two servers that hear nothing of each other."""

    at: Split
    here: Socket
    there: Socket


@pytest.fixture
async def twice(split: SplitMaker) -> Twice:
    at = await split("Ada")
    there = await at.join_there(at.table.dm)
    at.table.dm.url = at.here
    return Twice(at, at.table.sockets["dm"], there)


async def answered(socket: Socket, type_: str, id_: str, **fields: object) -> Message:
    """What the server says to a command."""
    await socket.send(type_, id=id_, **fields)
    return await socket.until("ack", "error", when=lambda message: message.get("id") == id_)


async def test_what_was_refused_is_not_executed_later_elsewhere(twice: Twice) -> None:
    """A publish lies at a server that is frozen. The DM sends it again at another one, is told that nothing is staged,
    and stages a surprise: the first server wakes and must not publish it."""
    assert (await answered(twice.here, "broadcast:mode", "m", mode="staged"))["type"] == "ack"
    refused = await answered(twice.here, "broadcast:publish", "publish")
    assert refused["code"] == "nothing_staged"
    assert (await answered(twice.here, "hex:reveal", "s", hexKeys=["6,6"], targets="all"))["type"] == "ack"
    late = await answered(twice.there, "broadcast:publish", "publish")
    assert (late["code"], late["message"]) == (refused["code"], refused["message"])
    assert "changes_published" not in twice.at.table.topics()
    # Under another id it is another command.
    assert (await answered(twice.there, "broadcast:publish", "again"))["type"] == "ack"


async def test_a_refusal_is_the_same_at_both_servers(twice: Twice) -> None:
    """Refused here; by the time it comes again, there, it could be executed."""
    assert (await answered(twice.here, "session:pause", "p"))["code"] == "not_active"
    assert (await answered(twice.here, "session:start", "s"))["type"] == "ack"
    assert (await answered(twice.there, "session:pause", "p"))["code"] == "not_active"
    assert (await answered(twice.here, "session:pause", "p"))["code"] == "not_active"
    assert "session_paused" not in twice.at.table.topics()


async def test_an_execution_is_the_same_at_both_servers(twice: Twice) -> None:
    """Executed here; there it would be refused."""
    done = await answered(twice.here, "session:start", "s")
    for socket in (twice.there, twice.here):
        again = await answered(socket, "session:start", "s")
        assert (again["type"], again["eventId"]) == ("ack", done["eventId"])
    assert twice.at.table.topics().count("session_started") == 1


async def test_a_refusal_outlives_the_servers(database: str, split: SplitMaker) -> None:
    """Servers that were not there then know it too."""
    first = await split()
    assert (await answered(first.table.sockets["dm"], "session:end", "e"))["code"] == "no_session"
    second = await split()
    dm = first.table.dm
    dm.url = second.here
    socket = await dm.join(first.table.campaign)
    assert (await answered(socket, "session:start", "s"))["type"] == "ack"
    assert (await answered(socket, "session:end", "e"))["code"] == "no_session"


async def test_a_refusal_of_somebody_else_decides_nothing(twice: Twice) -> None:
    """A player can't use up the ids of a DM, at whichever server."""
    ada = await twice.at.join_there(twice.at.table.players["Ada"])
    assert (await answered(ada, "session:start", "s"))["code"] == "dm_only"
    for socket in (twice.here, twice.there):
        assert (await answered(socket, "session:start", "s"))["type"] == "ack"


async def test_a_role_that_came_back_does_not_bring_old_commands_with_it(twice: Twice) -> None:
    """A command lies at a frozen server. Its sender was demoted and promoted meanwhile, and was told `dm_only` for it:
    what was asked in the old role is not carried out in the new one."""
    table = twice.at.table
    ada = table.players["Ada"]
    await set_role(table, ada, "dm")
    there = await twice.at.join_there(ada)
    assert (await answered(twice.here, "session:start", "s"))["type"] == "ack"
    await set_role(table, ada, "player")
    await set_role(table, ada, "dm")
    # Her server has not heard of either change when it reads the command.
    assert (await answered(there, "session:pause", "p"))["code"] == "dm_only"
    assert (await answered(there, "session:pause", "anew"))["type"] == "ack"
