"""One event as each view is told of it: computed once, for live subscribers and for those who resume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple
from uuid import UUID, uuid5

from domain.events import ChangesPublished, PlayerJoined, PlayerLeft
from domain.ids import UserId
from projections.gist import Gist, gist_of
from projections.messages import Push
from projections.people import People, Viewer
from projections.room_state import Step
from projections.told_apart import told_apart
from projections.views import ANY_DM, ANY_PLAYER, changes_only_the_queue, joined, left, messages_for
from transport.wire.frames import large_message_frame, message_frame

_AFTER = UUID("5a1d3f6e-8f0b-4c4e-9a57-0d2f4b7c6e91")
"""Of no meaning; makes of an event's id the one of the place after it."""


class Move(NamedTuple):
    """Somebody came or went: told to all others, and kept without the name, which may be erased."""

    user: UserId
    type: Literal["player:joined", "player:left"]


class Told(NamedTuple):
    """What one viewer, or all who see the same, are told of one event.

    `frames` are its messages as they are written, without the staged list, which is always sent as it is then, and
    without those of a `move`. `messages` is how many they are.
    """

    event_id: str
    version: int
    frames: bytes
    messages: int
    move: Move | None = None

    @property
    def is_left_out(self) -> bool:
        """Whether its frames were too large to be kept."""
        return self.messages > 0 and not self.frames and self.move is None

    def places(self) -> list[Told]:
        """What is kept of it if its frames are not: from where somebody can go on who has all of it.

        Its id is known to whoever got the first of several messages, and perhaps no more. So whoever begins after all
        of them is told another one.
        """
        place = self._replace(frames=b"")
        after = Told(str(uuid5(_AFTER, self.event_id)), self.version, b"", 0)
        return [place] if self.messages == 1 else [place, after]


class Telling(NamedTuple):
    """Who is told what; None is nothing. `apart` are the players who may be told something else than the others.

    `has_queue` says that DMs are due a new staged list.
    """

    dms: Told | None
    players: Told | None
    apart: Mapping[UserId, Told | None]
    has_queue: bool

    def to(self, view: Viewer) -> Told | None:
        """What those are told for whom `view_key` says this viewer."""
        return self.dms if view.role == "dm" else self.apart.get(view.user_id, self.players)


_NOBODY: Mapping[UserId, Told | None] = {}


def tell_of(step: Step, people: People, players: frozenset[UserId]) -> Telling:
    """Also for those of the `players` who are not connected."""
    event = step.event
    gist = gist_of(event, step.before)
    if changes_only_the_queue(event):
        return Telling(Told(gist.event_id, step.after.version, b"", 0), None, _NOBODY, True)
    if type(event) is PlayerJoined or type(event) is PlayerLeft:
        move = Move(event.player_id, "player:joined" if type(event) is PlayerJoined else "player:left")
        told = Told(gist.event_id, step.after.version, b"", 1, move)
        return Telling(told, told, _NOBODY, False)
    dms, rest = _told_to(ANY_DM, step, people, gist), _told_to(ANY_PLAYER, step, people, gist)
    apart: dict[UserId, Told | None] = {}
    for group in told_apart(step, gist.effect, players):
        told_to_group = _told_to(Viewer(group[0], "player"), step, people, gist)
        apart |= dict.fromkeys(group, dms if told_to_group == dms else told_to_group)
    # What is the same is one copy in memory, for as long as it is remembered.
    return Telling(dms, dms if rest == dms else rest, apart, type(event) is ChangesPublished)


def with_more(telling: Telling, step: Step, people: People, players: frozenset[UserId]) -> Telling:
    """The same, also for these further players."""
    if players.isdisjoint(step.after.singled_out):
        return telling  # they are told what everybody is
    gist = gist_of(step.event, step.before)
    more = {
        user: _told_to(Viewer(group[0], "player"), step, people, gist)
        for group in told_apart(step, gist.effect, players)
        for user in group
    }
    return telling._replace(apart={**telling.apart, **more})


def _told_to(view: Viewer, step: Step, people: People, gist: Gist) -> Told | None:
    messages = messages_for(view, step.event, step.before, step.after, people, gist=gist)
    if not messages:
        return None
    if type(step.event) is ChangesPublished:
        messages = [message for message in messages if message["type"] != "staged:changes"]
        frames = b"".join(map(large_message_frame, messages))
    else:
        frames = message_frame(messages[0]) if len(messages) == 1 else b"".join(map(message_frame, messages))
    return Told(gist.event_id, step.after.version, frames, len(messages))


def move_message(event_id: str, move: Move, people: People) -> Push:
    """What all but the person itself are told."""
    return joined(move.user, event_id, people) if move.type == "player:joined" else left(move.user, event_id)


def frames_of(told: Told, people: People) -> bytes:
    """All its messages as they are written."""
    return told.frames if told.move is None else message_frame(move_message(told.event_id, told.move, people))
