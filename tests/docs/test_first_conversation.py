"""The conversation that docs/protocol.md shows takes place just so."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any
from uuid import UUID

from tests.docs.pages import page
from tests.end_to_end.peers import Message, Socket, a_table
from transport.rooms.subscribers import LIST_INTERVAL
from transport.server.server import running
from transport.settings import Settings

LEFT_OUT = {"player:presence", "player:joined", "player:left"}


class Ids:
    """Which id of the page stands for which of the server: one for one."""

    def __init__(self) -> None:
        self._real: dict[str, str] = {}
        self._shown: dict[str, str] = {}

    def as_shown(self, value: Any) -> Any:
        """A message of the server with the ids of the page, where they are known."""
        return _with_ids(value, self._shown)

    def as_real(self, value: Any) -> Any:
        """A message of the page with the ids of the server, where they are known."""
        return _with_ids(value, self._real)

    def learn(self, shown: Any, real: Any) -> None:
        """Pairs the ids that stand at the same place."""
        for one, other in zip(_ids_in(shown), _ids_in(real), strict=False):
            self._real.setdefault(one, other)
            self._shown.setdefault(other, one)


def _with_ids(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _with_ids(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_ids(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def _ids_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for key in sorted(value) for found in _ids_in(value[key])]
    if isinstance(value, list):
        return [found for one in value for found in _ids_in(one)]
    return [value] if isinstance(value, str) and _is_uuid(value) else []


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


async def heard(socket: Socket) -> Message:
    """The next message that the page doesn't leave out."""
    while (message := await socket.next())["type"] in LEFT_OUT:
        pass
    return message


async def test_the_conversation_takes_place(database: str) -> None:
    """Sent line by line to a real server, it is answered line by line, and with nothing besides."""
    (block,) = page("docs/protocol.md").section("A first conversation").examples("text")
    lines = re.findall(r"^(\w+) ([→←]) (.+)$", block, re.MULTILINE)
    assert len(lines) == len(block.splitlines()) > 20
    ids = Ids()
    async with running(Settings(port=0), database) as url, a_table(url, database, ["Ada"]) as table:
        await table.sockets["dm"].until("player:presence", when=lambda m: all(p["online"] for p in m["players"]))
        people = {"Dee": table.dm, "Ada": table.players["Ada"]}
        sockets = {name: await person.open(table.campaign) for name, person in people.items()}
        for name, direction, text in lines:
            shown = json.loads(text)
            if direction == "→":
                await asyncio.sleep(LIST_INTERVAL * 1.5)
                await sockets[name].socket.send_json(ids.as_real(shown))
            else:
                real = await heard(sockets[name])
                ids.learn(shown, real)
                assert ids.as_shown(real) == shown
        for socket in sockets.values():
            await socket.nothing_of("error", "ack", "hex:revealed", "hex:updated", "session:statusChanged")
