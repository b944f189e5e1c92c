"""The log for programs that use the eventsourcing library: name this module as their PERSISTENCE_MODULE."""

from __future__ import annotations

from typing import cast

from eventsourcing import popo
from eventsourcing.domain import TAggregateID
from eventsourcing.persistence import (
    AggregateRecorder,
    InfrastructureFactory,
    Mapper,
    NotSupportedError,
    ProcessRecorder,
    TrackingRecorder,
    Transcoder,
)
from eventsourcing.popo import POPOTrackingRecorder
from eventsourcing.utils import Environment, EnvType
from typing_extensions import override

from domain.event_mapper import EventMapper
from domain.postgres.recorder import LogRecorder

DATABASE_URL = "FOGBOUND_DATABASE_URL"


class LogFactory(InfrastructureFactory[TrackingRecorder]):
    """Has one recorder, which it closes."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        """Raises OSError, as the library's factories do, if the environment does not name the database."""
        super().__init__(env)
        url = self.env.get(DATABASE_URL)
        if not url:
            raise OSError(f"{DATABASE_URL} must name the database whose log is read")
        self._url = url
        self._recorder: LogRecorder | None = None

    @override
    def close(self) -> None:
        if self._recorder is not None:
            self._recorder.close()

    @override
    def mapper(
        self, transcoder: Transcoder | None = None, mapper_class: type[Mapper[TAggregateID]] | None = None
    ) -> Mapper[TAggregateID]:
        if self.cipher() is not None or self.compressor() is not None:
            raise NotSupportedError("the log is JSON that analysts read: neither encrypted nor compressed")
        return super().mapper(transcoder, mapper_class or cast("type[Mapper[TAggregateID]]", EventMapper))

    @override
    def application_recorder(self) -> LogRecorder:
        if self._recorder is None:
            self._recorder = LogRecorder(self._url)
        return self._recorder

    @override
    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        if purpose != "events":
            raise NotSupportedError(f"the log has no {purpose}: servers keep keyframes of their own")
        return self.application_recorder()

    @override
    def tracking_recorder(self, tracking_recorder_class: type[TrackingRecorder] | None = None) -> TrackingRecorder:
        """Views in memory. Others have a database of their own."""
        if tracking_recorder_class is not None and not issubclass(tracking_recorder_class, POPOTrackingRecorder):
            raise NotSupportedError(f"a view is kept elsewhere: set {self.env.name.upper()}_{self.PERSISTENCE_MODULE}")
        return popo.POPOFactory(self.env).tracking_recorder(tracking_recorder_class)

    @override
    def process_recorder(self) -> ProcessRecorder:
        raise NotSupportedError("the log takes events alone: a projection tracks in a database of its own")
