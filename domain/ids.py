"""The kinds of id. Each has its own type, so that mixing them up is a type error."""

from __future__ import annotations

from typing import NewType
from uuid import UUID

CampaignId = NewType("CampaignId", UUID)
"""A campaign, and so its stream of events."""

SessionId = NewType("SessionId", UUID)
"""One stretch from SessionStarted to SessionEnded."""

EventId = NewType("EventId", UUID)
"""Random: the only identity of an event that leaves the server."""

ChangeId = NewType("ChangeId", UUID)
"""A staged change: the id of the ChangeStaged event that queued it."""

ImportId = NewType("ImportId", UUID)
"""One try to bring a map file in, which takes several events when the file is large."""

UserId = NewType("UserId", str)
"""A person, as a lower-case UUID in text: it travels in every message as it is."""

CommandId = NewType("CommandId", str)
"""Chosen by the client, 1 to 64 characters, unique in its campaign."""
