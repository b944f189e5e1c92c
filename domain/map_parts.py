"""A map file becomes many events: which of them belong together, and what is known of an import that is not whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from domain.ids import ImportId, UserId
from domain.refusals import Refused

MOST_UNFINISHED = 10
"""Imports of a campaign that are not whole: each is told to its DMs, and kept in memory and in snapshots."""


_MOST = 2**31 - 1
"""What a column of the analysts' tables holds."""


class MapPart(BaseModel):
    """What an event is of an import: its part `number`, counted from 1; `left` hexes are still to come, 0 at the last.

    `file` is the SHA-256 of the file's bytes, by which it is known again. With `takes_back` the event is a part of
    taking the import back; its hexes are as they were before, and stood as on a pointy-topped map if they are `pointy`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    import_id: UUID
    file: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    number: int = Field(ge=1, le=_MOST)
    left: int = Field(ge=0, le=_MOST)
    takes_back: bool = False
    pointy: bool = False


class UnfinishedImport(NamedTuple):
    """`hexes` of `of` came, in `parts`, the first of which is the event of version `begun`, by `actor`.

    Once somebody is `taking_back`, `parts` counts those of that. `name` is the map's.
    """

    id: ImportId
    file: str
    name: str
    actor: UserId
    begun: int
    parts: int
    hexes: int
    of: int
    taking_back: bool = False


class ImportConflict(Refused):
    """A part does not fit what the log has of its import."""

    code = "conflict"


class ImportGoesOnElsewhere(ImportConflict):
    """Somebody else stored the part of this number."""

    def __init__(self) -> None:
        super().__init__("This map is sent, or taken back, by somebody else at the moment: look again")


class ImportIsOver(ImportConflict):
    """There is no such unfinished import, or it is being taken back."""

    def __init__(self) -> None:
        super().__init__("This import of a map is finished, or was taken back")


class MapHasChanged(ImportConflict):
    """Since it was worked out what there was before the import."""

    def __init__(self) -> None:
        super().__init__("The map changes all the time: try again")


class TooManyUnfinished(ImportConflict):
    def __init__(self) -> None:
        super().__init__(f"{MOST_UNFINISHED} imports of maps are unfinished: finish one, or take one back")


def check_part(part: MapPart, imports: Iterable[UnfinishedImport]) -> None:
    """Whether the part is the next one of its import. So each part is stored once, and none after it was taken back.

    Raises ImportConflict.
    """
    imports = tuple(imports)
    known = next((one for one in imports if one.id == part.import_id), None)
    if not part.takes_back and part.number == 1:
        if known is not None or any(one.file == part.file and not one.taking_back for one in imports):
            raise ImportGoesOnElsewhere
        if part.left and len(imports) >= MOST_UNFINISHED:
            raise TooManyUnfinished
        return
    if known is None or (known.taking_back and not part.takes_back):
        raise ImportIsOver
    stored = known.parts if known.taking_back == part.takes_back else 0
    if part.number != stored + 1:
        raise ImportGoesOnElsewhere


def after_part(
    imports: tuple[UnfinishedImport, ...], part: MapPart, *, name: str, actor: UserId, version: int, hexes: int
) -> tuple[UnfinishedImport, ...]:
    """The unfinished imports after an event that is this part, of so many `hexes`. Never fails."""
    if part.left == 0:
        return tuple(one for one in imports if one.id != part.import_id)
    if part.number == 1 and not part.takes_back:
        begun = UnfinishedImport(
            ImportId(part.import_id), part.file, name, actor, version, parts=1, hexes=hexes, of=hexes + part.left
        )
        return (*imports, begun)[-MOST_UNFINISHED:]
    return tuple(_with(one, part, hexes) if one.id == part.import_id else one for one in imports)


def _with(one: UnfinishedImport, part: MapPart, hexes: int) -> UnfinishedImport:
    if part.takes_back:
        return one._replace(parts=part.number, taking_back=True)
    return one._replace(parts=part.number, hexes=one.hexes + hexes)
