"""What the server says, as it stands on the wire."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from domain.hexes import HexKey, Terrain, Variant
from domain.ids import UserId
from domain.table import Mode, Status
from projections.people import Role

WireAudience = Literal["all"] | list[UserId]


class HexTerrain(TypedDict):
    key: HexKey
    terrain: Terrain


class HexKnowers(TypedDict):
    key: HexKey
    to: WireAudience


class ShownTo(TypedDict):
    """Hexes that the same people are shown."""

    hexKeys: list[HexKey]
    to: WireAudience


class PersonHere(TypedDict):
    userId: UserId
    name: str
    online: bool
    role: Role


class WirePlayers(TypedDict):
    playerIds: list[UserId]


class RevealData(TypedDict):
    hexKeys: list[HexKey]
    targets: Literal["all"] | WirePlayers


class UpdateData(TypedDict):
    changes: list[HexTerrain]


class WireChange(TypedDict):
    """A staged change in words (`description`) and as the command it came from."""

    id: str
    description: str
    type: Literal["hex:reveal", "hex:update"]
    data: RevealData | UpdateData


class MapHex(TypedDict):
    key: HexKey
    q: int
    r: int
    terrain: Terrain
    terrainVariant: Variant | None


class MapImport(TypedDict):
    """An import of a map that is not whole: `hexes` of `of` came. `name` is the map's, `by` is who sent it first.

    With `takingBack` a part of it was taken back, and the rest is still to be.
    """

    importId: str
    name: str
    by: UserId
    hexes: int
    of: int
    takingBack: bool


class MapView(TypedDict):
    """The map as an HTTP answer; widths in hexes, hexSize in an editor's pixels.

    `imports` is for a DM, and missing if each import of a map is whole.
    """

    name: str
    gridWidth: int
    gridHeight: int
    hexSize: float
    orientation: Literal["flat", "pointy"]
    hexes: list[MapHex]
    imports: NotRequired[list[MapImport]]


class Connected(TypedDict):
    type: Literal["connected"]
    userId: UserId
    role: Role
    name: str
    resumed: bool


class SessionState(TypedDict):
    """Everything a viewer may know, at one moment. `stagedChanges`, `reveals` and `mapImports` are for a DM.

    `mapImports` is missing if each import of a map is whole.

    `eventId`, at the WebSocket alone, is the newest event that the viewer was told of: the place to resume from.
    """

    type: Literal["session:state"]
    status: Status
    broadcastMode: Mode
    connectedPlayers: list[PersonHere]
    revealedHexes: list[HexKey]
    preparing: bool
    sessionId: str | None
    terrain: list[HexTerrain]
    stagedChanges: NotRequired[list[WireChange]]
    reveals: NotRequired[list[HexKnowers]]
    mapImports: NotRequired[list[MapImport]]
    eventId: NotRequired[str]


class StatusChanged(TypedDict):
    type: Literal["session:statusChanged"]
    status: Status
    sessionId: str | None
    eventId: str


class HexRevealed(TypedDict):
    """A DM also gets `to`; after a publish with different targets it is all of them, and `audiences` tells them apart.

    A hex that is in several of these is shown to all who are in one of them. `reveals` tells the same hex by hex, and
    is missing where that would be very much.
    """

    type: Literal["hex:revealed"]
    hexKeys: list[HexKey]
    terrain: list[HexTerrain]
    to: NotRequired[WireAudience]
    audiences: NotRequired[list[ShownTo]]
    reveals: NotRequired[list[HexKnowers]]
    eventId: str


class HexUpdated(TypedDict):
    """To a DM with `gone`, those of the hexes that are not on the map any more: an import was taken back."""

    type: Literal["hex:updated"]
    changes: list[HexTerrain]
    gone: NotRequired[list[HexKey]]
    eventId: str


class MapImports(TypedDict):
    """The whole list of the imports that are not whole, for DMs."""

    type: Literal["map:imports"]
    imports: list[MapImport]
    eventId: str


class DmPreparing(TypedDict):
    type: Literal["dm:preparing"]
    preparing: bool
    eventId: NotRequired[str]


class StagedChanges(TypedDict):
    type: Literal["staged:changes"]
    changes: list[WireChange]
    eventId: NotRequired[str]


class PersonJoined(TypedDict):
    """`role` is missing, and the name empty, where the past tells of somebody who is no member any more."""

    type: Literal["player:joined"]
    userId: UserId
    name: str
    role: NotRequired[Role]
    eventId: NotRequired[str]


class PersonLeft(TypedDict):
    type: Literal["player:left"]
    userId: UserId
    eventId: NotRequired[str]


class Presence(TypedDict):
    type: Literal["player:presence"]
    players: list[PersonHere]


class Tick(TypedDict):
    """Nothing happened for a while, and the line is alive."""

    type: Literal["tick"]


class Error(TypedDict):
    type: Literal["error"]
    message: str
    code: str
    id: NotRequired[str]


class Ack(TypedDict):
    type: Literal["ack"]
    id: str
    eventId: str


Push = StatusChanged | HexRevealed | HexUpdated | MapImports | DmPreparing | StagedChanges | PersonJoined | PersonLeft
"""What a logged event can cause."""

ServerMessage = Connected | SessionState | Presence | Tick | Error | Ack | Push
