"""Hexes, people and terrains in plain words, short however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from typing import assert_never

from domain.events import Audience, Reveal, Update
from domain.ids import UserId
from projections.people import Member


def described(change: Reveal | Update, members: Mapping[UserId, Member]) -> str:
    """What a change does, as an order: "Reveal 3 hexes to Ada and Bo"."""
    match change:
        case Reveal():
            return f"Reveal {hex_count(change.hex_keys)} to {whom(change.audience, members)}"
        case Update():
            return f"Set {hex_count(change.changes)} to {terrains(change)}"
        case _:
            assert_never(change)


def hex_count(hexes: Sized) -> str:
    """ "1 hex", "3 hexes"."""
    return count(len(hexes), "hex", "hexes")


def count(number: int, one: str, many: str) -> str:
    """The number with its noun."""
    return f"1 {one}" if number == 1 else f"{number} {many}"


def whom(audience: Audience, members: Mapping[UserId, Member]) -> str:
    """Who is shown something."""
    if audience == "all":
        return "all players"
    # An audience may be of hundreds, of whom few are spelled.
    return listed(names(audience[:SPELLED], members), len(audience)) if audience else "nobody"


def name_of(user: UserId, members: Mapping[UserId, Member]) -> str:
    """What somebody is called at the beginning of a sentence."""
    return members[user].name if user in members else "A former member"


def names(users: Iterable[UserId], members: Mapping[UserId, Member]) -> list[str]:
    """What people are called; of who is gone the log knows no name."""
    return [members[user].name if user in members else "a former player" for user in users]


def terrains(change: Update) -> str:
    """Each once."""
    return listed(list(dict.fromkeys(terrain for _, terrain in change.changes)))


SPELLED = 4
"""Words in a list; of more the first ones are enough."""


def listed(words: list[str], of: int | None = None) -> str:
    """ "Ada, Bo and Cy", and of more than four the first three; there must be one. `of` is how many there are."""
    of = of or len(words)
    if of > SPELLED:
        return f"{', '.join(words[: SPELLED - 1])} and {of - SPELLED + 1} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
