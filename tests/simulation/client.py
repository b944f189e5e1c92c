"""A tab of one person: sends commands, sends them again until they are answered, and comes back when it is cut off."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from domain.ids import UserId
from projections.viewer_state import ViewerState
from tests.laws.fake_peers import frames
from tests.simulation.clocks import NOW
from tests.simulation.history import Answered, Heard, History, Said
from tests.simulation.link import Link
from tests.simulation.server import Server
from tests.simulation.world import World

GREETED_SECONDS = 4.0
"""Without a word for so long after it connected a client tries another server."""

ANSWERED_SECONDS = 6.0
"""Without an answer for so long it takes the line for dead."""

FOR_EVER = (4001, 4003)
"""Closed with one of these, it does not come back."""


class Client:
    """Satisfies tests.simulation.link.End."""

    def __init__(
        self, world: World, history: History, front: Callable[[], Server | None], user: UserId, name: str
    ) -> None:
        self.user = user
        self.name = name
        self.state = ViewerState()
        self.link: Link | None = None
        self.is_greeted = False
        self.is_wanted = True
        """Whether this person wants to be at the table."""
        self.is_turned_away = False
        self.unanswered: dict[str, str] = {}
        self._world = world
        self._history = history
        self._front = front
        self._last_event_id: str | None = None
        self._heard = Heard(name, user, 0, None)
        self._sent_at: dict[str, float] = {}

    @property
    def is_settled(self) -> bool:
        """Whether it is where it wants to be, and waits for nothing."""
        if not self.is_wanted or self.is_turned_away:
            return self.link is None
        return self.link is not None and self.is_greeted and not self.unanswered

    def connect(self) -> None:
        """To whatever server there is, going on after the last event it was told of."""
        if self.link is not None or not self.is_wanted or self.is_turned_away:
            return
        server = self._front()
        if server is None:
            self._again_soon()
            return
        self.link, self.is_greeted = Link(server.machine, self), False
        self._heard = Heard(self.name, self.user, NOW.seconds, self._last_event_id)
        self._history.connections.append(self._heard)
        self._world.tell(f"{self.name} connects to {server.name}, from {self._last_event_id}")
        link, last_event_id = self.link, self._last_event_id
        self._world.after(0.001, lambda: None if link.is_cut else server.take(link, self.user, last_event_id))
        self._world.after(GREETED_SECONDS, lambda: None if self.is_greeted else self._give_up(link))

    def send(self, command_id: str, message: dict[str, Any]) -> None:
        """Once connected; and again, until it is answered."""
        self.unanswered[command_id] = json.dumps({**message, "id": command_id})
        self._history.said.setdefault(command_id, Said(NOW.seconds, self.user, message))
        if self.link is not None and self.is_greeted:
            self._send(command_id)

    def leave(self) -> None:
        """The tab is closed."""
        self.is_wanted = False
        self.unanswered.clear()
        if self.link is not None:
            self._world.tell(f"{self.name} leaves")
            self.link.end_from_below()
            self.link = None

    def come(self) -> None:
        """Opened again, with nothing remembered."""
        self.is_wanted = True
        self._last_event_id = None
        self.state = ViewerState()
        self.connect()

    def take(self, link: Link, data: bytes, written_at: float) -> None:
        """See End."""
        if link is not self.link:
            return
        for message in frames(data):
            self._heard.messages.append((written_at, message))
            self._hear(message)

    def closed(self, link: Link, code: int | None) -> None:
        """See End."""
        if link is not self.link:
            return
        self._world.tell(f"{self.name} is cut off ({code})")
        self.link = None
        if code in FOR_EVER:
            self.is_turned_away = True
            self.unanswered.clear()
        else:
            self._again_soon()

    def _hear(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "connected":
                self.is_greeted = True
                for command_id in list(self.unanswered):
                    self._send(command_id)
            case "session:state":
                self._last_event_id = message.get("eventId")
            case "ack":
                self._answered(message["id"], "ack", message["eventId"])
            case "error" if "id" in message:
                if message["code"] == "unavailable":
                    link, command_id = self.link, message["id"]
                    self._world.after(0.3, lambda: self._send(command_id) if link is self.link else None)
                else:
                    self._answered(message["id"], message["code"], None)
            case _:
                self._last_event_id = message.get("eventId") or self._last_event_id
        self.state.apply(message)  # type: ignore[arg-type]

    def _answered(self, command_id: str, kind: str, event_id: str | None) -> None:
        self._world.tell(f"{self.name} hears {kind} of {command_id}")
        self._history.answers.append(Answered(NOW.seconds, command_id, kind, event_id))
        self.unanswered.pop(command_id, None)

    def _send(self, command_id: str) -> None:
        text, link = self.unanswered.get(command_id), self.link
        if text is None or link is None:
            return
        self._world.tell(f"{self.name} sends {text}")
        link.up(text)
        self._world.after(ANSWERED_SECONDS, lambda: self._give_up(link) if command_id in self.unanswered else None)

    def _give_up(self, link: Link) -> None:
        if link is self.link:
            link.end_from_below()
            self.closed(link, None)

    def _again_soon(self) -> None:
        self._world.after(self._world.chance.uniform(0.1, 0.8), self.connect)
