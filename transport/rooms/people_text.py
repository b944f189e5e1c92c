"""The list of people as JSON, of which only what changed is written anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from domain.ids import UserId
from projections.people import Member, People
from projections.views import person_here
from transport.wire.json import wire_json


class PeopleText:
    """Of one room, in which with each who comes one person of perhaps thousands is another one than before."""

    def __init__(self) -> None:
        self._members: Mapping[UserId, Member] | None = None
        self._online: frozenset[UserId] = frozenset()
        self._persons: dict[UserId, bytes] = {}

    def of(self, people: People) -> orjson.Fragment:
        """What `people_list` gives."""
        if self._members is not people.members:
            self._members = people.members
            changed: Iterable[UserId] = people.members
            self._persons = {}
        else:
            changed = (self._online ^ people.online) & people.members.keys()
        self._online = people.online
        # In the order of the members: who is there keeps the place.
        for user in changed:
            self._persons[user] = wire_json(person_here(people.members[user], people.online))
        return orjson.Fragment(b"[" + b",".join(self._persons.values()) + b"]")


def presence_list(people: orjson.Fragment) -> bytes:
    """The message that brings it."""
    return wire_json({"type": "player:presence", "players": people})
