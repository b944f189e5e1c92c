"""`fogbound doctor`."""

from __future__ import annotations

import psycopg

from transport.cli.doctor.checks import examine
from transport.cli.errors import CommandFailed, database_of
from transport.settings import Settings


async def doctor(settings: Settings) -> bool:
    """Prints what it finds, a line each. Whether nothing is wrong. Raises CommandFailed without a database."""
    try:
        findings = await examine(database_of(settings))
    except psycopg.OperationalError as problem:
        raise CommandFailed(f"The database cannot be reached: {problem}") from None
    for verdict, what, said in findings:
        print(f"{verdict:5}  {what:18}  {said}")
    return all(verdict != "wrong" for verdict, _, _ in findings)
