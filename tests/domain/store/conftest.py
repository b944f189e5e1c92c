"""The two stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from domain.memory_store import MemoryStore
from domain.postgres import PostgresStore
from domain.store import EventStore
from tests.conftest import fresh_database
from tests.domain.store.proxy import Proxy


@pytest.fixture
async def postgres(database: str) -> AsyncIterator[PostgresStore]:
    """The store in PostgreSQL, on a database of its own."""
    async with PostgresStore(database) as store:
        yield store


@pytest.fixture(scope="session")
def shared_database(server_url: str, migrated_template: str) -> Iterator[str]:
    """A migrated database for all tests that only look at campaigns of their own."""
    with fresh_database(server_url, migrated_template) as url:
        yield url


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[EventStore]:
    """Each of the stores in turn."""
    if request.param == "memory":
        yield MemoryStore()
        return
    async with PostgresStore(request.getfixturevalue("shared_database")) as postgres:
        yield postgres


@pytest.fixture
def sql(database: str) -> Iterator[psycopg.Connection]:
    """A look at the database past the store."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def proxy(database: str) -> AsyncIterator[Proxy]:
    """Something between the store and the server that can fail as networks do."""
    async with Proxy.to(database) as proxy:
        yield proxy
