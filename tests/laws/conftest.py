"""The laws hold for commands of several parts too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import domain.parts
import domain.table


@pytest.fixture(scope="module", autouse=True)
def _small_events() -> Iterator[None]:
    """An event holds so few hexes that some commands of most evenings become two events."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (domain.parts, domain.table):
            patch.setattr(module, "MAX_HEXES", 3)
        yield
