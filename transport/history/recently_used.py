"""A cache of what was used last, bounded in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from projections.room_state import RoomState

MOST_HEXES = 500_000
"""In all rooms that are kept together: of a large map each hex takes about 300 bytes."""

Key = TypeVar("Key")
Item = TypeVar("Item")


class RecentlyUsed(Generic[Key, Item]):
    """At most `most` items, and fewer when their rooms hold very many hexes; the newest always stays."""

    def __init__(self, most: int, room_of: Callable[[Item], RoomState]) -> None:
        self._most = most
        self._room_of = room_of
        self._items: OrderedDict[Key, Item] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: Key) -> Item | None:
        """Which is then the newest."""
        if key in self._items:
            self._items.move_to_end(key)
        return self._items.get(key)

    def take(self, key: Key) -> Item | None:
        """The same, and it is kept no longer."""
        return self._items.pop(key, None)

    def put(self, key: Key, item: Item) -> list[Item]:
        """Keeps it; gives those that had to go."""
        self._items[key] = item
        self._items.move_to_end(key)
        gone = []
        while len(self._items) > self._most or (len(self._items) > 1 and self._hexes() > MOST_HEXES):
            gone.append(self._items.popitem(last=False)[1])
        return gone

    def clear(self) -> list[Item]:
        """Keeps none; gives those that there were."""
        items = list(self._items.values())
        self._items.clear()
        return items

    def _hexes(self) -> int:
        rooms = (self._room_of(item) for item in self._items.values())
        return sum(len(room.terrain) + len(room.knowers) for room in rooms)
