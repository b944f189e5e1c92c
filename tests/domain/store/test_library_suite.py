"""The eventsourcing library's own tests of recorders and factories, on our log.

Its tests of tracking recorders and process recorders don't apply: the log takes events alone. Those of its example
applications don't either: the log takes no events of bank accounts.
"""

from __future__ import annotations

from abc import ABC

import pytest
from eventsourcing.cipher import AESCipher
from eventsourcing.persistence import AggregateRecorder, NotSupportedError, ProcessRecorder, TrackingRecorder
from eventsourcing.popo import POPOTrackingRecorder
from eventsourcing.tests import persistence as library
from eventsourcing.utils import Environment
from typing_extensions import override

from domain.postgres.library import DATABASE_URL, LogFactory
from domain.postgres.recorder import LogRecorder
from tests.domain.store.made_up_events import MadeUpAggregateRecorder, MadeUpRecorder


class OnOurLog(library.RecorderTestCase, ABC):
    """A database for each test."""

    INITIAL_VERSION = 0  # as in those of the library's tests that don't ask for it
    url: str

    @pytest.fixture(autouse=True)
    def _on_a_database(self, database: str) -> None:
        self.url = database

    def create_recorder(self) -> MadeUpRecorder:
        recorder = MadeUpRecorder(self.url)
        self.addCleanup(recorder.close)
        return recorder


class TestAsAggregateRecorder(OnOurLog, library.AggregateRecorderTestCase):
    """Streams of events."""

    @override
    def create_recorder(self) -> MadeUpAggregateRecorder:
        recorder = MadeUpAggregateRecorder(self.url)
        self.addCleanup(recorder.close)
        return recorder


class TestAsApplicationRecorder(OnOurLog, library.ApplicationRecorderTestCase[MadeUpRecorder]):
    """The log of all events, and subscriptions to it."""

    def test_insert_subscribe(self) -> None:
        """The library leaves it to each recorder whether it can do that."""
        self.optional_test_insert_subscribe()


class TestPositions(OnOurLog, library.NonInterleavingNotificationIDsBaseCase):
    """Two that write at once."""


class TestFactory(library.InfrastructureFactoryTestCase[LogFactory]):
    """What `PERSISTENCE_MODULE` names."""

    @pytest.fixture(autouse=True)
    def _on_a_database(self, database: str) -> None:
        self.env = Environment(env={"PERSISTENCE_MODULE": "domain.postgres.library", DATABASE_URL: database})

    @override
    def expected_factory_class(self) -> type[LogFactory]:
        return LogFactory

    @override
    def expected_application_recorder_class(self) -> type[LogRecorder]:
        return LogRecorder

    @override
    def expected_aggregate_recorder_class(self) -> type[AggregateRecorder]:
        return LogRecorder

    @override
    def expected_tracking_recorder_class(self) -> type[TrackingRecorder]:
        return POPOTrackingRecorder

    @override
    def tracking_recorder_subclass(self) -> type[TrackingRecorder]:
        return ViewInMemory

    @override
    def expected_process_recorder_class(self) -> type[ProcessRecorder]:
        raise AssertionError("there is none")

    @override
    def test_create_process_recorder(self) -> None:
        """The log takes no tracking."""
        with pytest.raises(NotSupportedError, match="the log takes events alone"):
            self.factory.process_recorder()

    @override
    def test_mapper_with_compressor(self) -> None:
        """Analysts read the log."""
        self._is_refused(COMPRESSOR_TOPIC="zlib")

    @override
    def test_mapper_with_cipher(self) -> None:
        """As above."""
        self._is_refused(CIPHER_KEY=AESCipher.create_key(16))

    @override
    def test_mapper_with_cipher_and_compressor(self) -> None:
        """As above."""
        self._is_refused(CIPHER_KEY=AESCipher.create_key(16), COMPRESSOR_TOPIC="zlib")

    @override
    def test_mapper_with_wrong_cipher_key(self) -> None:
        """There is no right one either."""
        self._is_refused(CIPHER_KEY=AESCipher.create_key(32))

    def _is_refused(self, **settings: str) -> None:
        self.env.update(settings)
        with pytest.raises(NotSupportedError, match="neither encrypted nor compressed"):
            self.factory.mapper(transcoder=self.transcoder)


class ViewInMemory(POPOTrackingRecorder):
    """A projection's."""
