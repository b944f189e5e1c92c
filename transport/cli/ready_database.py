"""A database that fits this program: looked at before a verb touches it."""

from __future__ import annotations

from migrations.runner import pending
from transport.cli.ctrl_c import ended_by_ctrl_c
from transport.cli.errors import NOT_UP_TO_DATE, CommandFailed, database_of, owner_of
from transport.settings import Settings


def ready_database(settings: Settings) -> str:
    """Its URL, for what a server's login may do.

    Raises CommandFailed when none is set or migrations are missing; DatabaseSetupError when it can't be reached, when
    the login is no server's, or when a newer program changed what this one needs.
    """
    return _checked(database_of(settings))


def ready_database_for_owner(settings: Settings) -> str:
    """The same for what only the owner may do."""
    return _checked(owner_of(settings))


def _checked(url: str) -> str:
    with ended_by_ctrl_c():
        missing = pending(url)
    if missing:
        raise CommandFailed(NOT_UP_TO_DATE)
    return url
