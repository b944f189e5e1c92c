"""The imports of maps that are not whole, as DMs are told of them."""

from __future__ import annotations

from collections.abc import Iterable

from domain.map_parts import UnfinishedImport
from projections.messages import MapImport


def imports_list(imports: Iterable[UnfinishedImport]) -> list[MapImport]:
    """The oldest first."""
    return [
        {
            "importId": str(one.id),
            "name": one.name,
            "by": one.actor,
            "hexes": one.hexes,
            "of": one.of,
            "takingBack": one.taking_back,
        }
        for one in imports
    ]
