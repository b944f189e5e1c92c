"""The two ways to serve: `play` brings everything along, `serve` takes what the environment names."""

from __future__ import annotations

import asyncio
import json
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrations.embedded_server import EmbeddedServer
from migrations.runner import migrate, pending
from transport.cli_errors import CommandFailed, database_of
from transport.garbage import collect_rarely
from transport.server import running, told_to_stop
from transport.settings import Settings
from transport.starter import ReadyTable, ready_table
from transport.starter_map import starter_map
from transport.tokens import join_link


async def play(settings: Settings, data_dir: Path, *, open_browser: bool, as_json: bool) -> None:
    """Serves a table that is ready to play until it is told to stop. Raises DatabaseSetupError, OSError."""
    with _database(settings, data_dir) as database_url:
        await asyncio.to_thread(migrate, _owner_url(settings, database_url), report=_note)
        table = await ready_table(database_url, starter_map(), settings.bounds)
        told = told_to_stop()
        collect_rarely()
        async with running(settings, database_url) as url:
            links = _links(settings.public_url or url, table)
            print(json.dumps(links) if as_json else _for_people(links), flush=True)
            if open_browser:
                webbrowser.open(links["dmLink"])
            await told.wait()


async def serve(settings: Settings, *, as_json: bool) -> None:
    """Serves until it is told to stop. Raises CommandFailed, DatabaseSetupError, StoreUnavailable, OSError."""
    database_url = database_of(settings)
    if settings.public_url is None:
        raise CommandFailed(
            "FOGBOUND_PUBLIC_URL is not set: it says where people reach this server, for example https://fog.example"
        )
    if await asyncio.to_thread(pending, database_url):
        raise CommandFailed("The database is not up to date: run `fogbound migrate`")
    told = told_to_stop()
    collect_rarely()
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


def _links(url: str, table: ReadyTable) -> dict[str, str]:
    return {
        "url": url,
        "campaignId": str(table.campaign),
        "dmToken": table.dm_token,
        "playerToken": table.player_token,
        "dmLink": join_link(url, table.dm_token),
        "playerLink": join_link(url, table.player_token),
    }


def _for_people(links: dict[str, str]) -> str:
    return "\n".join(
        (
            "",
            "  The table is set.",
            "",
            f"  You, the DM:    {links['dmLink']}",
            f"  Your players:   {links['playerLink']}",
            "",
            "  Ctrl-C ends it; everything is kept for the next time.",
            "",
        )
    )


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
