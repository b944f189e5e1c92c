"""Where a rehearsal takes place: on a server of its own, or on one that runs already."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from migrations.embedded.server import EmbeddedServer
from migrations.runner import migrate
from transport.rehearsal.failure import RehearsalFailed
from transport.server.server import running
from transport.settings import Origin, Settings

_ORIGIN: TypeAdapter[str] = TypeAdapter(Origin)


class Stage(NamedTuple):
    """A server, and its database if that can be read."""

    url: str
    database: str | None


@asynccontextmanager
async def own_stage() -> AsyncIterator[Stage]:
    """A server with a new database in a temporary folder. Raises DatabaseSetupError, OSError."""
    # What the environment sets for a real server (addresses, who may come) must not reach this one.
    open_door = {"signup": "open", "tries_per_minute": 0, "redeems_per_minute": 0, "members": 10_000}
    settings = Settings(host="127.0.0.1", port=0, public_url=None, **open_door)  # type: ignore[arg-type]  # all are settings
    async with AsyncExitStack() as to_close:
        folder = to_close.enter_context(tempfile.TemporaryDirectory(prefix="fogbound-rehearsal-"))
        postgres = await asyncio.to_thread(EmbeddedServer.start, Path(folder) / "postgres")
        to_close.push_async_callback(asyncio.to_thread, postgres.stop)
        await asyncio.to_thread(migrate, postgres.url)
        url = await to_close.enter_async_context(running(settings, postgres.url))
        yield Stage(url, postgres.url)


@asynccontextmanager
async def stage(url: str | None, database: str | None) -> AsyncIterator[Stage]:
    """The server at `url`, or one of our own; `database` belongs to the former."""
    if url is None:
        async with own_stage() as own:
            yield own
    else:
        yield Stage(_server(url), database)


def _server(url: str) -> str:
    """Not repeated when it is off: there may be a password in it. Raises RehearsalFailed."""
    try:
        return _ORIGIN.validate_python(url)
    except ValidationError:
        raise RehearsalFailed(
            "The address of a server looks like https://fog.example or http://127.0.0.1:8080"
        ) from None
