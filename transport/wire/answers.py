"""The shapes of the HTTP answers: handlers build them, the description shows them, the Python client reads them.

They are typed dictionaries, as the messages of the projections are: they become JSON as they are, and the client
validates nothing, so that it can read the answers of a newer server.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, RootModel
from typing_extensions import TypedDict

from domain.ids import UserId
from domain.table import Status
from projections.messages import PersonHere
from projections.people import Role
from projections.session_list import WireSession
from projections.timeline import Keyframe, TimelineLine, TimelineStart

InviteState = Literal["open", "used_up", "expired", "revoked"]

Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Problem(TypedDict):
    code: str
    message: str


class ErrorAnswer(TypedDict):
    """The code is for programs, the message for people."""

    error: Problem


class Oneself(TypedDict):
    userId: UserId
    name: str


class SignInListed(TypedDict):
    """`label` tells browser and system, if known; `lastUsedAt` is right to the day; `current` is the one that asks."""

    signInId: Uuid
    label: Annotated[str, Field(max_length=64)]
    createdAt: Moment
    lastUsedAt: Moment
    current: bool


class SignInList(TypedDict):
    """The one that was used last comes first."""

    signIns: list[SignInListed]


class CampaignMade(TypedDict):
    campaignId: Uuid
    name: str
    role: Literal["dm"]


class CampaignListed(TypedDict):
    campaignId: Uuid
    name: str
    role: Role
    status: Status


class CampaignList(TypedDict):
    campaigns: list[CampaignListed]


class MemberListed(PersonHere):
    """To a DM alone: `inviteId`, the invite that let the member in, null when not known; `inviteIds`, all they used."""

    inviteId: NotRequired[Uuid | None]  # noqa: N815 - wire
    inviteIds: NotRequired[list[Uuid]]  # noqa: N815 - wire


class MemberList(TypedDict):
    members: list[MemberListed]


class InviteMade(TypedDict):
    """The token is shown this once. `qr` is the link as the rows of a QR code, each a string of 0 and 1 (dark)."""

    inviteId: Uuid
    token: str
    link: Annotated[str, Field(json_schema_extra={"format": "uri"})]
    qr: list[Annotated[str, Field(pattern="^[01]+$")]]


class InviteListed(TypedDict):
    """`usesLeft` null means any number, `expiresAt` null never. One with a `userId` signs this member in."""

    inviteId: Uuid
    role: Role
    userId: UserId | None
    usesLeft: int | None
    expiresAt: Moment | None
    createdBy: UserId | None
    createdAt: Moment
    state: InviteState


class InviteList(TypedDict):
    invites: list[InviteListed]


class Redeemed(TypedDict):
    campaignId: Uuid
    userId: UserId
    role: Role


class MapTaken(TypedDict):
    """How many hexes of the file were taken."""

    hexes: int


class MapPutBack(TypedDict):
    """How many hexes are again as they were before the import."""

    hexes: int


class SessionsTold(TypedDict):
    """The oldest first."""

    sessions: list[WireSession]


class TimelinePart(RootModel[TimelineStart | TimelineLine | Keyframe]):
    """A line of a timeline: the first is what was known before it, then one an event, now and then what is known."""


class ReportNumber(TypedDict):
    """A number and what it counts."""

    number: str
    words: str


class Figure(TypedDict):
    """A picture for plotly.js."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]


class ReportSection(TypedDict):
    name: str
    heading: str
    text: str
    figure: Figure


class ReportDrawn(TypedDict):
    title: str
    subtitle: str
    numbers: list[ReportNumber]
    sections: list[ReportSection]


class Health(TypedDict):
    status: Literal["ok"]
