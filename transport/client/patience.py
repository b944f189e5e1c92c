"""How long a connection is believed in. The page's client/patience.js does the same."""

from __future__ import annotations

from math import inf

SILENCE_SECONDS = 45.0
"""The server says something at least every 25 s."""

STATE_SECONDS = 300.0
"""While a `session:state` is on its way nothing else can come: that of a large map takes minutes on a slow line."""

ANSWER_SECONDS = 15.0
"""For the oldest command without an answer: the line may be dead without having noticed."""

SLOWEST_BYTES = 16 * 1024
"""A second: a large command has that much longer, since it may still be on its way to the server."""


class Patience:
    """Of one connection. Times are seconds of one clock."""

    def __init__(self, now: float) -> None:
        self._heard_by = now + SILENCE_SECONDS
        self._awaited: str | None = None
        self._answered_by = inf

    @property
    def ends(self) -> float:
        """When the connection is given up if nothing happens."""
        return min(self._heard_by, self._answered_by)

    def heard(self, now: float, *, state_is_due: bool) -> None:
        """Something came. `state_is_due`: a whole state is the next thing to come."""
        self._heard_by = now + (STATE_SECONDS if state_is_due else SILENCE_SECONDS)

    def awaits(self, now: float, command_id: str | None, size: int = 0) -> None:
        """The oldest command that was sent and not answered, None for none.

        Its time begins when it is the oldest: commands that are given later do not prolong it.
        """
        if command_id != self._awaited:
            self._awaited = command_id
            self._answered_by = inf if command_id is None else now + ANSWER_SECONDS + size / SLOWEST_BYTES
