"""A campaign that is played through the engine's own rules, by a clock of its own, and written as an archive.

Needs the engine: `.venv/bin/python` after `python3 dev.py setup`. The same name and seed give the same ids.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.commands import AnyCommand, RecordArrival, RecordDeparture, client_message
from domain.decide import CommandContext
from domain.event_codec import encode
from domain.events import Event
from domain.ids import CampaignId, UserId
from domain.table import Table
from projections.people import Role
from transport.history.archive_file import ArchiveWriter
from transport.history.archive_lines import ArchivedPerson
from transport.maps.file import read_map


class PlayedCampaign:
    """What happens to it is in `events`; people are called by short names of the caller's."""

    def __init__(self, name: str, begin: datetime, seed: int) -> None:
        self.name = name
        self.now = begin
        self.events: list[Event] = []
        self.people: dict[str, ArchivedPerson] = {}
        self.here: set[str] = set()
        self._chance = random.Random(f"{name} {seed}")
        self.campaign = CampaignId(self._new_id())
        self._aggregate = SessionAggregate.at(self.campaign)

    @property
    def table(self) -> Table:
        """As the rules see it now."""
        return self._aggregate.table

    def wait(self, seconds: float) -> None:
        """Nothing happens for a while."""
        self.now += timedelta(seconds=seconds)

    def enrol(self, who: str, name: str, role: Role) -> None:
        """Makes somebody a member."""
        member = UserId(str(self._new_id()))
        self.people[who] = ArchivedPerson(userId=member, role=role, joinedAt=self.now, name=name)

    def promote(self, who: str) -> None:
        self.people[who] = self.people[who].model_copy(update={"role": "dm"})

    def come(self, who: str) -> None:
        """Connects."""
        self.here.add(who)
        self._give(who, RecordArrival(self.id_of(who)))

    def go(self, who: str) -> None:
        """Disconnects, for longer than the grace."""
        self.here.discard(who)
        self._give(who, RecordDeparture(self.id_of(who)))

    def send(self, who: str, kind: str, **fields: Any) -> UUID | None:
        """A message of the protocol, from somebody who may send it. Returns the id of its event, if it caused one.

        Raises a Refused.
        """
        return self._give(who, client_message.validate_python({"type": kind, **fields}))

    def import_map(self, who: str, file: bytes) -> None:
        for part in read_map(file):
            self._give(who, part)

    def id_of(self, who: str) -> UserId:
        return UserId(self.people[who].userId)

    def archive(self) -> bytes:
        """The whole campaign with its names, for `fogbound restore`."""
        versions: dict[str, set[int]] = {}
        for event in self.events:
            versions.setdefault(event.TOPIC, set()).add(event.SCHEMA_VERSION)
        lines = ArchiveWriter()
        sorted_versions = {topic: sorted(found) for topic, found in sorted(versions.items())}
        head = lines.header(self.campaign, self.name, list(self.people.values()), len(self.events), sorted_versions)
        return b"".join([head, *(lines.event(encode(event)) for event in self.events), lines.footer()])

    def _give(self, who: str, command: AnyCommand) -> UUID | None:
        context = CommandContext(
            players={one.userId for one in self.people.values() if one.role == "player"},
            online={self.id_of(one) for one in self.here},
        )
        happened = self._aggregate.handle(command, context, CommandMetadata(self.id_of(who), self.now, self._new_id))
        self.events += happened
        return happened[-1].event_id if happened else None

    def _new_id(self) -> UUID:
        return UUID(int=self._chance.getrandbits(128), version=4)
