"""The staged changes as a script has them, which is how every DM must come to see them."""

from __future__ import annotations

from typing import Any

from domain.table import Mode
from projections.viewer_state import ViewerState


class Staging:
    """The ids of the changes that wait, in order."""

    def __init__(self) -> None:
        self._waiting: list[str] = []

    def take(self, message: dict[str, Any], event_id: str, mode: Mode, undone: str | None) -> None:
        """A message was carried out, in that mode; `undone` is the change that it took back."""
        match message["type"]:
            case "hex:reveal" | "hex:update" if mode == "staged":
                self._waiting.append(event_id)
            case "staged:undo":
                self._waiting = [change for change in self._waiting if change != undone]
            case "broadcast:publish" | "session:end":
                self._waiting = []
            case "broadcast:mode" if message["mode"] == "immediate":
                self._waiting = []

    def at(self, index: int) -> str | None:
        """The change at a place in the list."""
        return self._waiting[index] if index < len(self._waiting) else None

    def is_seen_by(self, dm: ViewerState) -> bool:
        """Whether a DM's list shows just these."""
        return [change["id"] for change in dm.staged] == self._waiting
