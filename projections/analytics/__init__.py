"""The log as tables for analysts: pure folds of batches of events into rows."""

from projections.analytics import attendance, reveals, sessions, staged_changes, terrain
from projections.analytics.projection import Known, Logged, Projection, Row, StagedEvent

PROJECTIONS: tuple[Projection, ...] = (
    sessions.PROJECTION,
    reveals.PROJECTION,
    staged_changes.PROJECTION,
    attendance.PROJECTION,
    terrain.PROJECTION,
)
"""One a table, each of which goes on when another one can't."""

__all__ = ["PROJECTIONS", "Known", "Logged", "Projection", "Row", "StagedEvent"]
