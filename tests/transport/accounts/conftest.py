"""A campaign in a database, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.transport.accounts.people import Circle, a_circle
from transport.accounts import Directory
from transport.database import connection_pool


@pytest.fixture
async def circle(database: str) -> AsyncIterator[Circle]:
    """With the bounds that are the default."""
    async with connection_pool(database) as pool:
        yield await a_circle(Directory(pool))
