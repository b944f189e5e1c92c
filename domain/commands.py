"""The nine messages of a client, each a command on the table, and the three that only the engine gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from domain.hexes import COMMAND_HEXES, Grid, HexKey, Terrain, Variant
from domain.ids import CommandId, EventId, UserId
from domain.map_parts import MapPart

MAX_TARGETS = 100

_NOT_EMPTY: JsonDict = {
    "minItems": 1,
    "description": f"At most {COMMAND_HEXES} different hexes; one that comes twice counts once.",
}
"""What the descriptions of the protocol say of a list that is checked only after its doubles are gone."""

_WIRE_ID = StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")


def _each_once(keys: list[str]) -> list[str]:
    unique = list(dict.fromkeys(keys))
    if not 1 <= len(unique) <= COMMAND_HEXES:
        raise ValueError(f"1 to {COMMAND_HEXES} different hexes, not {len(unique)}")
    return unique


class TerrainChange(TypedDict):
    """A hex and the terrain it gets."""

    key: HexKey
    terrain: Terrain


def _last_of_each(changes: list[TerrainChange]) -> list[TerrainChange]:
    unique = {change["key"]: change for change in changes}
    if not 1 <= len(unique) <= COMMAND_HEXES:
        raise ValueError(f"1 to {COMMAND_HEXES} different hexes, not {len(unique)}")
    return list(unique.values())


def _each_player_once(players: list[UserId]) -> list[UserId]:
    return list(dict.fromkeys(players))


class ChosenPlayers(TypedDict):
    """Some players of the campaign, whether they are here or not."""

    playerIds: Annotated[
        list[Annotated[UserId, _WIRE_ID]],
        Field(min_length=1, max_length=MAX_TARGETS),
        AfterValidator(_each_player_once),
    ]


def _in_one_fault(targets: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    """The union by itself reports a fault for each of its members, and most are beside the point."""
    try:
        return validate(targets)
    except ValidationError:
        raise PydanticCustomError(
            "targets", 'Input should be "all" or an object with 1 to {most} playerIds', {"most": MAX_TARGETS}
        ) from None


Targets = Annotated[Literal["all"] | ChosenPlayers, WrapValidator(_in_one_fault)]


class Command(BaseModel):
    """What all commands have in common; unknown keys are ignored."""

    model_config = ConfigDict(frozen=True, strict=True)

    type: str
    id: Annotated[CommandId, _WIRE_ID] | None = None


class StartSession(Command):
    type: Literal["session:start"]


class PauseSession(Command):
    type: Literal["session:pause"]


class ResumeSession(Command):
    type: Literal["session:resume"]


class EndSession(Command):
    type: Literal["session:end"]


class SetBroadcastMode(Command):
    type: Literal["broadcast:mode"]
    mode: Literal["immediate", "staged"]


class PublishChanges(Command):
    type: Literal["broadcast:publish"]


class UndoChange(Command):
    """By its id, or by its position (from 0) in the list that the client looked at.

    That is the list of `listId`, the eventId of a `staged:changes`; without it the one that the client was last sent.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["index"], "properties": {"index": {"type": "integer"}}},
                {"required": ["changeId"], "properties": {"changeId": {"type": "string"}}},
            ]
        }
    )

    type: Literal["staged:undo"]
    index: Annotated[int, Field(ge=0)] | None = None
    change_id: Annotated[str | None, Field(alias="changeId")] = None
    list_id: Annotated[str | None, Field(alias="listId")] = None

    @model_validator(mode="after")
    def _names_a_change(self) -> UndoChange:
        if self.index is None and self.change_id is None:
            raise ValueError("index or changeId is required")
        return self


class ChangeOfHexes(Command):
    """`mode` is the one that its sender saw; in the other one it is refused."""

    mode: Literal["immediate", "staged"] | None = None


class RevealHexes(ChangeOfHexes):
    type: Literal["hex:reveal"]
    hex_keys: Annotated[
        list[HexKey], FailFast(), AfterValidator(_each_once), Field(alias="hexKeys", json_schema_extra=_NOT_EMPTY)
    ]
    targets: Targets


class UpdateHexes(ChangeOfHexes):
    type: Literal["hex:update"]
    changes: Annotated[
        list[TerrainChange], FailFast(), AfterValidator(_last_of_each), Field(json_schema_extra=_NOT_EMPTY)
    ]


ClientMessage = (
    StartSession
    | PauseSession
    | ResumeSession
    | EndSession
    | SetBroadcastMode
    | PublishChanges
    | UndoChange
    | RevealHexes
    | UpdateHexes
)
"""What a client may send."""


@dataclass(frozen=True, slots=True)
class ImportMap:
    """A part of a map file, at most MAX_HEXES hexes. Sets terrain at once, whatever the mode.

    Or a part of taking such an import back; then `after` is the newest event that set terrain when it was worked out.
    """

    changes: Sequence[tuple[HexKey, Terrain]]
    variants: Sequence[tuple[HexKey, Variant]] = ()
    grid: Grid | None = None
    part: MapPart | None = None
    after: EventId | None = None


@dataclass(frozen=True, slots=True)
class ImportTogether:
    """At least one part of an import, numbered one after the other, and stored in one append, at one time.

    Else the time between two of them would show how many there are, also of those that a viewer is not told of.
    """

    parts: Sequence[ImportMap]


@dataclass(frozen=True, slots=True)
class RecordArrival:
    """Somebody's first connection."""

    player: UserId


@dataclass(frozen=True, slots=True)
class RecordDeparture:
    """Somebody's last connection has been gone for the grace period."""

    player: UserId


EngineCommand = ImportMap | ImportTogether | RecordArrival | RecordDeparture
"""What only the engine itself gives."""

AnyCommand = ClientMessage | EngineCommand

client_message: TypeAdapter[ClientMessage] = TypeAdapter(Annotated[ClientMessage, Field(discriminator="type")])
"""Reads one frame of a client: validate_json(text)."""
