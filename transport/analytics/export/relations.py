"""What is exported, and which rows of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg import sql

from domain.event_codec import EVENT_CLASSES


class Relation(NamedTuple):
    """A view of the schema `analytics`. Rows `of_log` never change; of the others all are written each time."""

    name: str
    time: str
    of_log: bool = False


RELATIONS = (
    Relation("event", "recorded_at", of_log=True),
    *(Relation(topic, "recorded_at", of_log=True) for topic in sorted(EVENT_CLASSES)),
    Relation("session", "started_at"),
    Relation("reveal", "revealed_at"),
    Relation("staged_change", "staged_at"),
    Relation("attendance", "came_at"),
    Relation("terrain", "set_at"),
)
"""The views for questions are left out: each is a query over these."""


class Column(NamedTuple):
    """`kind` as PostgreSQL calls it."""

    name: str
    kind: str

    @property
    def is_list(self) -> bool:
        return self.kind.endswith("[]")


class Chosen(NamedTuple):
    """The rows that are wanted: of the log those after one position and up to another, of the tables all."""

    campaign: UUID | None
    since: datetime | None
    after: int
    up_to: int

    def of(self, relation: Relation) -> sql.Composable:
        """As a condition."""
        parts = list(self._parts(relation))
        return sql.SQL(" and ").join(parts) if parts else sql.SQL("true")

    def _parts(self, relation: Relation) -> Iterator[sql.Composable]:
        if self.campaign is not None:
            yield sql.SQL("campaign_id = {}").format(sql.Literal(self.campaign))
        if self.since is not None:
            yield sql.SQL("{} >= {}").format(sql.Identifier(relation.time), sql.Literal(self.since))
        if relation.of_log:
            yield sql.SQL("position > {} and position <= {}").format(sql.Literal(self.after), sql.Literal(self.up_to))
