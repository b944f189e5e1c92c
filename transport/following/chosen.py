"""Who follows the commands of a server, as its settings say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

from transport.cli_errors import CommandFailed
from transport.following.command_log import CommandLog
from transport.following.follower import Follower
from transport.settings import Settings


@asynccontextmanager
async def followers(settings: Settings, node: UUID) -> AsyncIterator[list[Follower]]:
    """While the block runs. Raises CommandFailed if traces are wanted and their packages are not there."""
    chosen: list[Follower] = [CommandLog()] if settings.log_commands else []
    async with AsyncExitStack() as stack:
        if settings.traces:
            try:
                from transport.following.traces import tracing
            except ImportError:
                raise CommandFailed("FOGBOUND_TRACES needs OpenTelemetry: pip install 'fogbound[traces]'") from None
            chosen.append(await stack.enter_async_context(tracing(settings.traces, node)))
        yield chosen
