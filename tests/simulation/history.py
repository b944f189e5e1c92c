"""What the clients of an evening said and heard, with the time of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain.ids import UserId


@dataclass
class Said:
    """A command: when it was first sent, and by whom."""

    at: float
    user: UserId
    message: dict[str, Any]


@dataclass
class Answered:
    """What a server said to a command; the same id may be answered again and again."""

    at: float
    command: str
    kind: str
    """"ack" or the code of the error."""
    event_id: str | None


@dataclass
class Heard:
    """All that one connection was told."""

    client: str
    user: UserId
    asked_at: float
    last_event_id: str | None
    messages: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    """Each with the time when it was written."""


@dataclass
class Gone:
    """Somebody was removed or has signed out, which was acknowledged at `at`."""

    at: float
    user: UserId


@dataclass
class History:
    """Of one evening."""

    said: dict[str, Said] = field(default_factory=dict)
    answers: list[Answered] = field(default_factory=list)
    connections: list[Heard] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
