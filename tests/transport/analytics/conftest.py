"""Databases for tests of analysts."""

from __future__ import annotations

import pytest

from migrations.runner import migrate


@pytest.fixture
def own_database(empty_database: str) -> str:
    """With analysts of its own.

    Those of copies of one database are the same: each lists the analysts of the others, and its servers end their
    sessions, whichever tests these belong to.
    """
    migrate(empty_database)
    return empty_database
