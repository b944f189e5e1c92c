"""The lines of an archive, each an object of JSON: transport.history.archive_file says in which order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from domain.refusals import Refused
from projections.people import Role
from transport.accounts.names import CampaignName, PersonName
from transport.wire.first_error import first_error
from transport.wire.version import VersionOne

FORMAT: Literal["fogbound archive"] = "fogbound archive"


class BadArchive(Refused):
    """The message names the line and what is off in it."""

    code = "bad_archive"


Person = Annotated[str, StringConstraints(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


def _in_every_zone(moment: datetime) -> datetime:
    """The database keeps it in UTC, where the first and the last hours of time are out of reach."""
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("Input should be a time between the years 1 and 9999 in UTC") from None
    return moment


Moment = Annotated[AwareDatetime, Field(strict=False), AfterValidator(_in_every_zone)]


class Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ArchivedPerson(Line):
    userId: Person  # noqa: N815 - as in the file
    role: Role
    joinedAt: Moment  # noqa: N815 - as in the file
    name: PersonName | None = None


class Header(Line):
    format: Literal["fogbound archive"]
    version: VersionOne
    campaign: UUID = Field(strict=False)
    name: CampaignName | None = None
    events: int = Field(ge=0)
    schemaVersions: dict[str, list[int]]  # noqa: N815 - as in the file
    people: list[ArchivedPerson]


class EventLine(Line):
    version: int
    eventId: UUID = Field(strict=False)  # noqa: N815 - as in the file
    type: str
    schemaVersion: int  # noqa: N815 - as in the file
    recordedAt: Moment  # noqa: N815 - as in the file
    actor: Person
    sessionId: UUID | None = Field(strict=False)  # noqa: N815 - as in the file
    commandId: str | None  # noqa: N815 - as in the file
    data: dict[str, Any]


class Footer(Line):
    events: int
    sha256: str


AnyLine = TypeVar("AnyLine", bound=Line)


def read_line(shape: type[AnyLine], line: bytes, number: int) -> AnyLine:
    """Raises BadArchive, naming the line by its number."""
    if not line.endswith(b"\n"):
        raise BadArchive(f"line {number}: the file ends before it")
    try:
        return shape.model_validate_json(line)
    except ValidationError as error:
        raise BadArchive(f"line {number}: {first_error(error)}") from None
