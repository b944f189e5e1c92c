"""Old shapes of events become today's, one schema version at a time, before anything is validated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from domain.store import NewerEvent, UnreadableEvent

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""From the fields of one schema version, without the envelope, to those of the next."""

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""By topic and the schema version they take in. A shape that changes leaves one here, and a stored sample in tests."""


def upcast(
    topic: str,
    schema_version: int,
    wanted: int,
    fields: dict[str, Any],
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
) -> dict[str, Any]:
    """The fields as schema version `wanted` has them. Raises UnreadableEvent if no way leads there."""
    if schema_version > wanted:
        raise NewerEvent(f"{topic} of schema version {schema_version}: a newer program wrote it")
    for version in range(schema_version, wanted):
        if (topic, version) not in upcasters:
            raise UnreadableEvent(f"{topic} of schema version {version}: no upcaster takes it further")
        try:
            fields = upcasters[topic, version](fields)
        except Exception as error:  # of fields that nothing has validated
            raise UnreadableEvent(f"{topic} of schema version {version} is damaged: {error!r}") from error
    return fields
