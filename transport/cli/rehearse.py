"""`fogbound rehearse`."""

from __future__ import annotations

from pathlib import Path

from transport.cli.ctrl_c import ended_by_ctrl_c
from transport.cli.errors import settings_from_environment
from transport.rehearsal.run import run
from transport.rehearsal.script import read_script


async def rehearse(
    script: Path,
    url: str | None = None,
    *,
    link: str | None = None,
    database: str | None = None,
    speed: float | None = None,
    as_json: bool = False,
) -> int:
    """The exit code. `database` is FOGBOUND_DATABASE_URL by default; see transport.rehearsal.run for the rest.

    Raises InvalidScript before anything is played, CommandFailed, and what `run` raises.
    """
    with ended_by_ctrl_c():
        play = read_script(script)
    database = settings_from_environment(database_url=database).database_url
    return await run(play, url, link=link, database=database, speed=speed, as_json=as_json)
