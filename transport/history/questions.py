"""What can be asked about the past, as it goes to the process that looks it up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NamedTuple, Protocol

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass

from domain.ids import CampaignId, EventId, ImportId, UserId
from projections.people import Role

AT_ONCE = 2
"""Questions, of everybody together, and a report. There is one core for them: more would wait inside, with rooms."""


@dataclass(frozen=True, slots=True)
class PastViewer:
    """Whose past is asked for. That of a player who asks begins with the joining, `since`.

    Who has a `since` is told of no event that was not told to them.
    """

    campaign: CampaignId
    user: UserId
    role: Role
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a timeline goes on: after an event, and after so many lines.

    `telling` is the one that was begun, which is quicker to go on with; if it was given up, another one begins here.
    """

    telling: int
    version: int
    told: int


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions in figures."""

    viewer: PastViewer
    kind: Literal["sessions"] = "sessions"


@dataclass(frozen=True, slots=True)
class StateAfter:
    """What was known after an event."""

    viewer: PastViewer
    event: EventId
    kind: Literal["state_after"] = "state_after"


@dataclass(frozen=True, slots=True)
class StateAt:
    """What was known at a time."""

    viewer: PastViewer
    at: datetime
    kind: Literal["state_at"] = "state_at"


@dataclass(frozen=True, slots=True)
class TimelinePart:
    """The next lines of session `number`: from its beginning, after the event `begin`, or from `place` on."""

    viewer: PastViewer
    number: str
    begin: EventId | None = None
    most: int | None = None
    place: Place | None = None
    kind: Literal["timeline"] = "timeline"


@dataclass(frozen=True, slots=True)
class Report:
    """The pictures of a campaign."""

    campaign: CampaignId
    kind: Literal["report"] = "report"


@dataclass(frozen=True, slots=True)
class HexesThatCame:
    """The hexes of an unfinished import of a map that are in the log, a key a line; it begins at version `begun`."""

    campaign: CampaignId
    import_id: ImportId
    begun: int
    kind: Literal["hexes_that_came"] = "hexes_that_came"


@dataclass(frozen=True, slots=True)
class TakingBack:
    """What takes an unfinished import back: see transport.history.map_imports. Nothing if it is not unfinished."""

    campaign: CampaignId
    import_id: ImportId
    begun: int
    kind: Literal["taking_back"] = "taking_back"


Question = Sessions | StateAfter | StateAt | TimelinePart | Report | HexesThatCame | TakingBack


def campaign_of(asked: Question) -> CampaignId:
    """Whose past it is about."""
    return asked.campaign if isinstance(asked, Report | HexesThatCame | TakingBack) else asked.viewer.campaign


question: TypeAdapter[Question] = TypeAdapter(Annotated[Question, Field(discriminator="kind")])


class Answer(NamedTuple):
    """Mostly JSON, or None if there is nothing for the one who asked; `rest` is where a timeline goes on."""

    body: bytes | None
    rest: Place | None = None


class History(Protocol):
    """Who answers: this process, or another one."""

    async def ask(self, asked: Question) -> Answer:
        """Raises StoreUnavailable, UnreadableEvent, CannotDraw."""

    async def close(self) -> None:
        """No more is asked."""
