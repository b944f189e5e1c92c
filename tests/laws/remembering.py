"""What a room remembers of an evening for those who come back."""

from __future__ import annotations

from collections.abc import Mapping

from domain.ids import UserId
from projections.people import Member, People, Viewer, players_among
from projections.room_state import Step
from projections.turns import at_once
from projections.views import view_key
from tests.laws.evenings import Evening
from transport.rooms import windows_codec
from transport.rooms.resume import missed, newest
from transport.rooms.told import frames_of, tell_of
from transport.rooms.windows import Windows

Answers = tuple[str | None, dict[str, bytes | None]]
"""The newest id from which somebody can go on, and what is sent to whoever comes back with one: None is a state."""


class Memory:
    """Of a room that is at version `at` of an evening."""

    def __init__(self, evening: Evening, most: int, members: Mapping[UserId, Member]) -> None:
        self.evening = evening
        self.at = 0
        self._most = most
        self.windows = Windows(most)
        self.become(members)

    def become(self, members: Mapping[UserId, Member]) -> None:
        """The members are these from now on."""
        self.members = members
        self.windows.follow(players_among(members), self.evening.rooms[self.at])

    def live(self, up_to: int) -> None:
        """What happened by then is told."""
        people = People(self.members, frozenset())
        players = players_among(self.members)
        for n in range(self.at, up_to):
            step = Step(self.evening.events[n], self.evening.rooms[n], self.evening.rooms[n + 1])
            self.windows.take_in(step, tell_of(step, people, players), players)
        self.at = up_to

    def kept(self) -> bytes:
        """As a snapshot keeps it."""
        return at_once(windows_codec.encoding(self.windows.kept()))

    def load(self, kept: bytes, at: int) -> None:
        """As a server that has just opened the room, with what was kept at that version."""
        self.windows, self.at = at_once(Windows.as_kept(self._most, at_once(windows_codec.decoding(kept)))), at
        self.become(self.members)

    def answers(self, user: UserId) -> Answers:
        """To each id that there is."""
        member, people = self.members[user], People(self.members, frozenset())
        told = self.windows.of(view_key(Viewer(user, member.role), self.evening.rooms[self.at]))
        sent = {}
        for event in self.evening.events:
            event_id = str(event.event_id)
            rest = missed(member, told, event_id)
            sent[event_id] = b"".join(frames_of(one, people) for one in rest) if rest is not None else None
        return newest(member, told, self.at), sent
