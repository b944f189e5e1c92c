"""The thirteen things that can have happened at a table: frozen, a closed union, the only truth that is stored."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, get_args
from uuid import UUID

from eventsourcing.domain import CanMutateAggregate
from eventsourcing.utils import register_topic, resolve_topic
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from typing_extensions import override

from domain.hexes import Grid, HexKey, Terrain, Variant
from domain.ids import ChangeId, CommandId, EventId, SessionId, UserId
from domain.map_parts import MapPart

Audience = Literal["all"] | tuple[UserId, ...]
"""Who is shown something. "all" is every player of the campaign, those who join later too.
Data here; what it means for a viewer is decided in projections.views alone."""


class Reveal(BaseModel):
    """Hexes, and who is shown them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hex_keys: tuple[HexKey, ...]
    audience: Audience

    @property
    def size(self) -> int:
        """Hexes."""
        return len(self.hex_keys)


class Update(BaseModel):
    """Terrain for hexes, as pairs (key, terrain); shows nobody anything that was hidden."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    changes: tuple[tuple[HexKey, Terrain], ...]

    @property
    def size(self) -> int:
        """Hexes."""
        return len(self.changes)


class StagedReveal(Reveal):
    """A reveal that waits for the publish."""

    kind: Literal["reveal"] = "reveal"


class StagedUpdate(Update):
    """An update that waits for the publish."""

    kind: Literal["update"] = "update"


class SessionEvent(BaseModel, CanMutateAggregate[UUID]):
    """The envelope of every event. `originator_id` is the campaign, `originator_version` counts its events from 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    TOPIC: ClassVar[str]
    SCHEMA_VERSION: ClassVar[int] = 1

    originator_id: UUID
    originator_version: int
    timestamp: AwareDatetime
    event_id: EventId
    actor: UserId
    session_id: SessionId | None
    command_id: CommandId | None

    class_version: ClassVar[int] = 2
    """To the eventsourcing library's own mapper the JSON of the log is version 1: it asks for an upcast of that."""

    @classmethod
    def upcast_v1_v2(cls, state: dict[str, Any]) -> None:
        """Puts the fields of the validated event in the place of its JSON. Raises UnreadableEvent."""
        event = resolve_topic("domain.event_codec:from_fields")(cls.TOPIC, state)
        state.clear()
        state.update(vars(event))

    @override
    def mutate(self, aggregate: Any) -> Any:
        """The first event of a stream also makes the aggregate, whichever event it is."""
        if aggregate is None:
            aggregate_class = resolve_topic("domain.aggregate:SessionAggregate")
            aggregate = aggregate_class.at(self.originator_id, latest=self.timestamp)
        return super().mutate(aggregate)

    @override
    def apply(self, aggregate: Any) -> None:
        """Hands itself to the aggregate, which knows how it evolves."""
        aggregate.evolve(self)


ENVELOPE = frozenset(SessionEvent.model_fields)


class SessionStarted(SessionEvent):
    """The `number`-th session of the campaign began; `present` were connected at that moment."""

    TOPIC = "session_started"

    number: int
    present: tuple[UserId, ...]


class SessionPaused(SessionEvent):
    TOPIC = "session_paused"


class SessionResumed(SessionEvent):
    TOPIC = "session_resumed"


class SessionEnded(SessionEvent):
    TOPIC = "session_ended"


LIFECYCLE = tuple(event.TOPIC for event in (SessionStarted, SessionPaused, SessionResumed, SessionEnded))
"""The topics of what a session goes through; the log has an index of these few."""


class BroadcastModeChanged(SessionEvent):
    TOPIC = "broadcast_mode_changed"

    mode: Literal["immediate", "staged"]


class HexesRevealed(Reveal, SessionEvent):
    TOPIC = "hexes_revealed"


class HexesUpdated(Update, SessionEvent):
    """Also a part of an imported map; each part brings the grid, but in old logs only the first.

    `part` says of which import it is a part; of old imports that is not known. Where it takes back, the terrain
    `unknown` takes a hex off the map, and the last part has the grid of before, None for none.
    """

    TOPIC = "hexes_updated"

    variants: tuple[tuple[HexKey, Variant], ...] = ()
    grid: Grid | None = None
    part: MapPart | None = Field(default=None, exclude_if=lambda part: part is None)


class ChangeStaged(SessionEvent):
    """Its event id is the id of the change."""

    TOPIC = "change_staged"

    change: Annotated[StagedReveal | StagedUpdate, Field(discriminator="kind")]


class ChangeUndone(SessionEvent):
    TOPIC = "change_undone"

    change_id: ChangeId


class ChangesPublished(SessionEvent):
    """All staged changes, in order, took effect: all or nothing."""

    TOPIC = "changes_published"

    change_ids: tuple[ChangeId, ...]


class ChangesDiscarded(SessionEvent):
    """What was staged was dropped: the session ended or the mode was left."""

    TOPIC = "changes_discarded"

    change_ids: tuple[ChangeId, ...]


class PlayerJoined(SessionEvent):
    TOPIC = "player_joined"

    player_id: UserId


class PlayerLeft(SessionEvent):
    TOPIC = "player_left"

    player_id: UserId


Event = (
    SessionStarted
    | SessionPaused
    | SessionResumed
    | SessionEnded
    | BroadcastModeChanged
    | HexesRevealed
    | HexesUpdated
    | ChangeStaged
    | ChangeUndone
    | ChangesPublished
    | ChangesDiscarded
    | PlayerJoined
    | PlayerLeft
)

for _event in get_args(Event):
    register_topic(_event.TOPIC, _event)
