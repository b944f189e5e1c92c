"""What the command says when it can't: one line, and an exit code that is not 0."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors
from pydantic import ValidationError
from typer.exceptions import TyperException

from domain.refusals import Refused
from domain.store import EngineError
from migrations.errors import DatabaseSetupError, ServerNotStarted
from transport.analytics.failure import AnalyticsFailed
from transport.rehearsal.failure import RehearsalFailed
from transport.settings import Settings
from transport.wire.first_error import fault

NOT_UP_TO_DATE = "The database is not up to date: run `fogbound migrate`"

_OTHER_SHAPE = (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction, errors.InvalidSchemaName)
"""What a database says that is older than this program, or another program's."""


_LONGEST_LINE = 1_000
"""Characters; what a database says may be much longer."""


class CommandFailed(Exception):
    """Said to the person who called, without a traceback."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Ends the program with a plain word for the failures that are no fault of the program."""
    try:
        yield
    except TyperException as problem:
        if told := _one_line(problem.format_message()):  # else it was the help, which is printed
            print(f"fogbound: {told.removesuffix('.')}.{_more_help(problem)}", file=sys.stderr)
        sys.exit(problem.exit_code)
    except ServerNotStarted as problem:
        sys.exit(f"fogbound: {problem}")  # with the end of PostgreSQL's log, which has many lines
    except (CommandFailed, AnalyticsFailed, RehearsalFailed, DatabaseSetupError, Refused, EngineError) as problem:
        sys.exit(f"fogbound: {_one_line(problem)}")
    except psycopg.Error as problem:
        sys.exit(f"fogbound: {_one_line(_of_database(problem))}")
    except OSError as problem:
        sys.exit(f"fogbound: {_one_line(_of_system(problem))}")


def settings_from_environment(**given: object) -> Settings:
    """The settings, with those that the command line gives, unless None. Raises CommandFailed, naming what is wrong."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # checked there
    except ValidationError as problem:
        wrong = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        name = "_".join(str(part) for part in wrong["loc"][:1]).upper()
        raise CommandFailed(f"FOGBOUND_{name}: {fault(wrong['type'], wrong['msg'])}") from None


def database_of(settings: Settings) -> str:
    """Raises CommandFailed when none is set."""
    if settings.database_url is None:
        raise CommandFailed("FOGBOUND_DATABASE_URL is not set, for example postgresql://user@host/fogbound")
    return settings.database_url


def owner_of(settings: Settings) -> str:
    """The database, for what only its owner may do. Raises CommandFailed when none is set."""
    return settings.owner_url or database_of(settings)


def _more_help(problem: TyperException) -> str:
    context = getattr(problem, "ctx", None)
    return f" See {context.command_path} --help" if context is not None else ""


def _one_line(problem: object) -> str:
    line = " ".join(str(problem).split())
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} ..."


def _of_database(error: psycopg.Error) -> str:
    told = error.diag.message_primary or str(error)
    match error:
        case errors.InsufficientPrivilege():
            return f"This login may not do that: {told}. Use the login of the owner, or let the owner grant it"
        case _ if isinstance(error, _OTHER_SHAPE):
            return NOT_UP_TO_DATE
        case psycopg.OperationalError() if error.sqlstate is None:
            return f"The database cannot be reached: {told}"
        case _:
            return f"The database: {told}"


def _of_system(error: OSError) -> str:
    """A file's name comes first, and no number."""
    if error.filename is None or error.strerror is None:
        return error.strerror or str(error)
    if isinstance(error, FileExistsError):
        return f"{error.filename} is there already: choose another name"
    return f"{error.filename}: {error.strerror}"
