"""The lines of a script, one JSON object each. docs/rehearsals.md tells what they mean."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from transport.accounts.names import CampaignName, PersonName

Alias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
"""How a script calls somebody, or a staged change."""

Part = Literal["dm", "co-dm", "player"]
"""A co-dm sits down as a player and is promoted in the course of the script."""


class Line(BaseModel):
    """`number` is its place in the file, from 1."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    number: int


class Title(Line):
    title: CampaignName


class Cast(Line):
    """`late` are those who are not there from the beginning."""

    cast: Alias
    name: PersonName
    role: Part
    late: bool = False


class Say(Line):
    """For the audience."""

    say: str


class Act(Line):
    """Somebody does something, `after` seconds from the line before."""

    after: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 0
    who: Alias


class Send(Act):
    """A client message, with aliases for players and for staged changes.

    `label` names the change that it stages; `refused` is the error code that it must be refused with.
    """

    send: dict[str, Any]
    label: Annotated[Alias | None, Field(alias="as")] = None
    refused: str | None = None


class Join(Act):
    """Somebody late sits down."""

    join: Literal[True]


class Drop(Act):
    """The connection breaks, and stays so until the return."""

    drop: Literal[True]


class Return(Act):
    returns: Annotated[Literal[True], Field(alias="return")]


class Import(Act):
    """A map file, as a path beside the script."""

    imports: Annotated[str, Field(alias="import", min_length=1)]


class Promote(Act):
    promote: Alias


Step = Say | Send | Join | Drop | Return | Import | Promote
"""What happens on the stage."""

KINDS: dict[str, type[Line]] = {
    "title": Title,
    "cast": Cast,
    "say": Say,
    "send": Send,
    "join": Join,
    "drop": Drop,
    "return": Return,
    "import": Import,
    "promote": Promote,
}
"""A line is what its one key of these says."""
