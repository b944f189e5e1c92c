"""The site that most tests of the HTTP calls talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.transport.http.site import Site, a_site


@pytest.fixture
async def site(database: str) -> AsyncIterator[Site]:
    """A server with the default settings, but for the limit on tries."""
    async with a_site(database) as site:
        yield site
