"""The hexes that each player was shown: a player's view is made of these, whatever others know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain

from immutables import Map
from typing_extensions import override

from domain.hexes import HexKey
from domain.ids import UserId
from projections.knowers import Knowers
from projections.pieces import all_of
from projections.turns import Turns, at_once


class HexList:
    """Grows at its end only. A longer one shares its memory with those it was made from, which stay as they are."""

    __slots__ = ("_keys", "_length")

    def __init__(self, keys: list[HexKey] | None = None) -> None:
        """`keys` is not copied."""
        self._keys = keys if keys is not None else []
        self._length = len(self._keys)

    def __len__(self) -> int:
        return self._length

    def keys(self) -> list[HexKey]:
        """All of them; a key may come twice."""
        return self._keys[: self._length]

    def longer(self, keys: Iterable[HexKey]) -> HexList:
        """With these at its end."""
        # Only the longest one may use the common memory: what comes after another one's end is not its own.
        # That of the empty one would be common to everybody.
        shared = self._keys if 0 < self._length == len(self._keys) else self.keys()
        shared += keys
        return HexList(shared)


_NO_HEXES = HexList()
_NOT_NAMED = UserId("")


class ShownHexes:
    """What all players were shown, and what each was shown by name. Old ones stay valid, as with a Map."""

    __slots__ = ("_by_name", "_to_all")

    def __init__(self, to_all: HexList = _NO_HEXES, by_name: Map[UserId, HexList] = Map()) -> None:  # noqa: B008 - never changes
        self._to_all = to_all
        self._by_name = by_name

    def to(self, user: UserId) -> Turns[set[HexKey]]:
        """All that this player knows. What it costs depends on that alone."""
        return all_of(self._to_all.keys(), self._by_name.get(user, _NO_HEXES).keys())

    def most(self, user: UserId) -> int:
        """How many these are, or more when some were shown twice."""
        return len(self._to_all) + len(self._by_name.get(user, _NO_HEXES))

    def with_more(self, shown: Sequence[tuple[Knowers, Sequence[HexKey]]]) -> ShownHexes:
        """After these hexes were shown to those who did not know them."""
        to_all = self._to_all
        by_name: defaultdict[UserId, list[Sequence[HexKey]]] = defaultdict(list)
        for knowers, keys in shown:
            if knowers is None:
                to_all = to_all.longer(keys)
                continue
            for user in knowers:
                by_name[user].append(keys)
        return ShownHexes(to_all, self._longer_lists(by_name) if by_name else self._by_name)

    @override
    def __eq__(self, other: object) -> bool:
        """Whether every player was shown the same, in whichever order."""
        return isinstance(other, ShownHexes) and all(
            at_once(self.to(user)) == at_once(other.to(user)) for user in (_NOT_NAMED, *self._by_name, *other._by_name)
        )

    __hash__ = None  # type: ignore[assignment]  # to compute it would take as long as to compare it

    def _longer_lists(self, more: dict[UserId, list[Sequence[HexKey]]]) -> Map[UserId, HexList]:
        lists = self._by_name.mutate()
        # Players who are always named together share one list: a hundred of them would fill the memory.
        made: dict[tuple[int, ...], HexList] = {}
        for user, parts in more.items():
            before = self._by_name.get(user, _NO_HEXES)
            same = (id(before), *map(id, parts))
            if same not in made:
                made[same] = before.longer(chain.from_iterable(parts))
            lists[user] = made[same]
        return lists.finish()
