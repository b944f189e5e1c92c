"""What the command says when it can't: one line, and an exit code that is not 0."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from domain.refusals import Refused
from domain.store import EngineError
from migrations.errors import DatabaseSetupError
from transport.settings import Settings


class CommandFailed(Exception):
    """Said to the person who called, without a traceback."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Ends the program with a plain word for the failures that are no fault of the program."""
    try:
        yield
    except (CommandFailed, DatabaseSetupError, Refused, EngineError, OSError) as problem:
        sys.exit(f"fogbound: {problem}")


def settings_from_environment(port: int | None = None) -> Settings:
    """The settings, with a port that was given on the command line. Raises CommandFailed, naming what is wrong."""
    try:
        return Settings() if port is None else Settings(port=port)
    except ValidationError as problem:
        wrong = problem.errors(include_url=False, include_context=False)[0]
        name = "_".join(str(part) for part in wrong["loc"][:1]).upper()
        raise CommandFailed(f"FOGBOUND_{name}: {wrong['msg']}") from None


def database_of(settings: Settings) -> str:
    """Raises CommandFailed when none is set."""
    if settings.database_url is None:
        raise CommandFailed("FOGBOUND_DATABASE_URL is not set, for example postgresql://user@host/fogbound")
    return settings.database_url


def owner_of(settings: Settings) -> str:
    """The database, for what only its owner may do. Raises CommandFailed when none is set."""
    return settings.owner_url or database_of(settings)
