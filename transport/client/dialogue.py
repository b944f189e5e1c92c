"""The client's side of the protocol without a socket: what it knows, and which commands are unanswered."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast, get_args, get_type_hints

from projections.messages import Connected, ServerMessage
from projections.viewer_state import ViewerState
from transport.client.errors import FRAME_TOO_LARGE, CommandRefused

RECENT_MESSAGES = 1_000

_KNOWN_TYPES = {get_args(get_type_hints(message)["type"])[0] for message in get_args(ServerMessage)}


class Answer(NamedTuple):
    """To one command: the id of its event, or why not."""

    command_id: str
    outcome: str | CommandRefused


@dataclass(slots=True)
class Dialogue:
    """Outlives connections: a new one goes on where the last one broke off.

    `me` is who the server takes us for, None until it said so. `last_event_id` is where to resume, None to
    start over. `in_step` is true while `state` follows the live stream, `pausing` when the server could not
    store a command, until `end_pause`.
    """

    state: ViewerState = field(default_factory=ViewerState)
    me: Connected | None = None
    last_event_id: str | None = None
    messages: deque[ServerMessage] = field(default_factory=lambda: deque(maxlen=RECENT_MESSAGES))
    in_step: bool = False
    pausing: bool = False
    _unanswered: dict[str, str] = field(default_factory=dict)
    _unsent: dict[str, str] = field(default_factory=dict)
    state_is_due: bool = False
    """Whether a whole state is the next thing to come."""
    _asked_modes: dict[str, Any] = field(default_factory=dict)
    """By the ids of our own changes of mode that have no answer yet."""
    _has_state: bool = False
    """Whether there ever was one, so that its mode is one that somebody saw."""
    _list_id: str | None = None
    """Names the staged list that is known, if it has a name."""

    def begin(self) -> None:
        """On a new connection all that is unanswered is due once more: it may not have arrived."""
        self.in_step = False
        self.pausing = False
        self.state_is_due = False
        self._unsent = dict(self._unanswered)

    def ask(self, command_id: str, kind: str, fields: dict[str, Any]) -> None:
        """Adds a command, which is due until it is answered.

        An undo by place means the list as it is known now, and a change of hexes the mode.
        """
        if kind == "staged:undo" and "index" in fields and self._list_id is not None:
            fields = {"listId": self._list_id, **fields}
        if kind in ("hex:reveal", "hex:update") and self._has_state:
            fields = {"mode": self._mode, **fields}
        if kind == "broadcast:mode":
            self._asked_modes[command_id] = fields["mode"]
        frame = json.dumps({**fields, "type": kind, "id": command_id})
        self._unanswered[command_id] = self._unsent[command_id] = frame

    def forget(self, command_id: str) -> None:
        """Nobody waits for the answer any more: the command is not sent again."""
        self._unanswered.pop(command_id, None)
        self._unsent.pop(command_id, None)
        self._asked_modes.pop(command_id, None)

    def next_due(self) -> str | None:
        """The frame to write now; each is given out once a connection, in the order of asking.

        None before the server has let us in, and during a pause: no command may overtake an older one.
        """
        if not self.in_step or self.pausing or not self._unsent:
            return None
        return self._unsent.pop(next(iter(self._unsent)))

    @property
    def _mode(self) -> Any:
        """The one that we asked for, while the answer is on its way, or else the one that we were told."""
        return next(reversed(self._asked_modes.values()), self.state.mode)

    @property
    def oldest_sent(self) -> tuple[str | None, int]:
        """The id of the oldest command that was given out on this connection and has no answer, and its size."""
        for command_id, frame in self._unanswered.items():
            if command_id not in self._unsent:
                return command_id, len(frame)
        return None, 0

    def hear(self, text: str) -> Answer | None:
        """Takes in a frame. Gives the answer to one of our commands, if it is one."""
        message: ServerMessage = json.loads(text)
        if message["type"] not in _KNOWN_TYPES or message["type"] == "tick":
            return None
        self.messages.append(message)
        self.state.apply(message)
        if message["type"] in ("staged:changes", "session:state"):
            self._list_id = message.get("eventId") if message["type"] == "staged:changes" else None
        match message["type"]:
            case "connected":
                self.me = message
                self.in_step = message["resumed"]
                self.state_is_due = not message["resumed"]
            case "session:state":
                self.in_step = self._has_state = True
                self.state_is_due = False
                # What was seen before a whole state is no place to resume at any more.
                self.last_event_id = message.get("eventId")
            case "ack":
                # Not a place to resume at: a command that was sent twice is answered with an old event.
                return self._answered(message["id"], message["eventId"])
            case "error":
                return self._refused(message.get("id", ""), message["code"], message["message"])
            case _:
                self.last_event_id = cast(dict[str, Any], message).get("eventId", self.last_event_id)
        return None

    def give_up_largest(self) -> Answer | None:
        """After a close with 1009: if any frame was over the limit the largest was. It is not sent again."""
        sent = [command_id for command_id in self._unanswered if command_id not in self._unsent]
        if not sent:
            return None
        largest = max(sent, key=lambda command_id: len(self._unanswered[command_id]))
        size = len(self._unanswered[largest])
        refused = CommandRefused(FRAME_TOO_LARGE, f"A frame of {size} bytes is over the server's limit")
        return self._answered(largest, refused)

    def end_pause(self) -> None:
        """What could not be stored is due again."""
        self.pausing = False

    def _refused(self, command_id: str, code: str, message: str) -> Answer | None:
        if code == "unavailable" and command_id in self._unanswered:
            again = {*self._unsent, command_id}
            self._unsent = {asked: frame for asked, frame in self._unanswered.items() if asked in again}
            self.pausing = True
            return None
        return self._answered(command_id, CommandRefused(code, message))

    def _answered(self, command_id: str, outcome: str | CommandRefused) -> Answer | None:
        if self._unanswered.pop(command_id, None) is None:
            return None  # nobody waits for it, or it is an answer to no command of ours
        self._unsent.pop(command_id, None)
        self._asked_modes.pop(command_id, None)
        return Answer(command_id, outcome)
