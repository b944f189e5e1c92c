"""A session in the terminal: the sentences as they happened, and the map as one viewer saw it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, nullcontext
from datetime import datetime
from typing import Literal, cast

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from domain.ids import CampaignId
from projections.timeline import Timeline, TimelineLine
from projections.viewer_state import ViewerState
from projections.words import hex_count
from transport.history.past import Past
from transport.history.telling import telling
from transport.rehearsal.picture import picture

IDLE = 4.0
"""Seconds of the evening after which nothing more is waited for."""

Orientation = Literal["flat", "pointy"]


class Watching:
    """Prints one session. `speed` 1 is real time, but for idle times; None as fast as it goes."""

    def __init__(self, console: Console, orientation: Orientation, speed: float | None) -> None:
        self._console = console
        self._orientation = orientation
        self._speed = speed
        self._state = ViewerState()
        self._last: datetime | None = None

    async def watch(self, past: Past, campaign: CampaignId, timeline: Timeline, up_to: int) -> None:
        """Raises StoreUnavailable, UnreadableEvent."""
        self._state.apply(timeline.start["state"])
        is_moving = self._console.is_terminal and self._speed is not None
        with Live(console=self._console, auto_refresh=False, transient=True) if is_moving else nullcontext() as live:
            async with aclosing(telling(past, campaign, timeline, up_to)) as told:
                async for lines in told:
                    for line in lines:
                        if "messages" in line:
                            await self._happen(cast("TimelineLine", line))
                        if live is not None:
                            live.update(self._map(), refresh=True)
        self._console.print(self._map())

    async def _happen(self, line: TimelineLine) -> None:
        if self._speed is not None and self._last is not None:
            silence = (line["recordedAt"] - self._last).total_seconds()
            await asyncio.sleep(max(0.0, min(IDLE, silence)) / self._speed)
        self._last = line["recordedAt"]
        for message in line["messages"]:
            self._state.apply(message)
        clock = Text(f"{self._last.astimezone():%H:%M:%S}  ", style="dim")
        self._console.print(clock.append(line["sentence"], style="not dim"))

    def _map(self) -> Group:
        known = self._state.terrain
        heading = Text(f"{hex_count(known)} known · {self._state.status}", style="bold")
        colours = self._console.color_system is not None
        return Group(heading, picture(known, known, self._orientation, colours=colours))
