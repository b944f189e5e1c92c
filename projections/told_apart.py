"""Which players are told different messages of an event. The laws compare it with `projections.views.messages_for`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain

from domain.events import ChangesPublished, HexesRevealed, HexesUpdated
from domain.hexes import HexKey
from domain.ids import UserId
from domain.parts import is_earlier_part
from projections.net_effect import NetEffect
from projections.room_state import RoomState, Step


def told_apart(step: Step, effect: NetEffect, players: frozenset[UserId]) -> Sequence[Sequence[UserId]]:
    """Groups of `players`; all of a group are told the same, and perhaps something else than ANY_PLAYER.

    Everybody else is told what ANY_PLAYER is told. `effect` is that of a publish. So an event costs as many views as
    there are different ones, however many players were named by reveals before.
    """
    if not step.after.singled_out:
        return ()
    match step.event:
        case HexesRevealed(audience=audience):
            named = () if audience == "all" else [user for user in audience if user in players]
            return (named,) if named else ()
        case HexesUpdated(event_id=event_id, changes=changes):
            if is_earlier_part(event_id):
                return ()  # nobody is told of it
            keys = (key for key, _ in chain(step.before.begun, changes))
            return _apart(_knowing(keys, step.before), players)
        case ChangesPublished():
            shown_to = {users for users in effect.granted.values() if users is not None}
            return _apart(shown_to | _knowing(effect.updated, step.before), players)
        case _:
            return ()


def _knowing(keys: Iterable[HexKey], room: RoomState) -> set[frozenset[UserId]]:
    """Those who know one of the hexes and were named when it was shown to them."""
    return {knowers for knowers in map(room.knowers.get, keys) if knowers}


def _apart(audiences: set[frozenset[UserId]], players: frozenset[UserId]) -> Sequence[Sequence[UserId]]:
    """Whoever belongs to just the same audiences is told the same."""
    if not audiences:
        return ()
    groups: defaultdict[tuple[bool, ...], list[UserId]] = defaultdict(list)
    for user in frozenset[UserId]().union(*audiences) & players:
        groups[tuple(user in audience for audience in audiences)].append(user)
    return list(groups.values())
