"""The two ways to serve: `play` brings everything along, `serve` takes what the environment names."""

from __future__ import annotations

import json
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrations.embedded.server import EmbeddedServer
from migrations.runner import migrate
from transport.accounts.tokens import join_link
from transport.cli.ctrl_c import ended_by_ctrl_c
from transport.cli.errors import CommandFailed, database_of
from transport.cli.ready_database import ready_database
from transport.cli.ready_links import for_people, for_programs
from transport.cli.starter import ready_tables
from transport.event_loop.garbage import collect_rarely
from transport.event_loop.threads import yield_often
from transport.maps.starter_map import starter_map
from transport.server.server import running, told_to_stop
from transport.settings import Settings


async def play(settings: Settings, data_dir: Path, *, open_browser: bool, as_json: bool) -> None:
    """Serves tables that are ready to play until it is told to stop. Raises DatabaseSetupError, OSError."""
    with _database(settings, data_dir) as database_url:
        with ended_by_ctrl_c():  # which may wait long for another one
            migrate(_owner_url(settings, database_url), report=_note)
        ready = await ready_tables(database_url, starter_map(), settings.bounds)
        told = told_to_stop()
        collect_rarely()
        yield_often()
        async with running(settings, database_url) as url:
            base = settings.public_url or url
            print(json.dumps(for_programs(base, ready)) if as_json else for_people(base, ready), flush=True)
            if open_browser:
                webbrowser.open(join_link(base, ready.tables[0].dm_token))
            await told.wait()


async def serve(settings: Settings, *, as_json: bool) -> None:
    """Serves until it is told to stop. Raises CommandFailed, DatabaseSetupError, StoreUnavailable, OSError."""
    database_of(settings)  # said first when it is not set
    if settings.public_url is None:
        raise CommandFailed(
            "FOGBOUND_PUBLIC_URL is not set: it says where people reach this server, for example https://fog.example"
        )
    database_url = ready_database(settings)
    told = told_to_stop()
    collect_rarely()
    yield_often()
    async with running(settings, database_url) as url:
        print(json.dumps({"url": url}) if as_json else f"Fogbound serves at {url}", flush=True)
        await told.wait()


@contextmanager
def _database(settings: Settings, data_dir: Path) -> Iterator[str]:
    if settings.database_url is not None:
        yield settings.database_url
        return
    with EmbeddedServer.start(data_dir) as server:
        yield server.url


def _owner_url(settings: Settings, database_url: str) -> str:
    is_given = database_url == settings.database_url
    return settings.owner_url if is_given and settings.owner_url is not None else database_url


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
