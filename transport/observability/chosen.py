"""Who follows the commands of a server, as its settings say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

from domain.refusals import Refused
from transport.observability.command_log import CommandLog
from transport.rooms.command_observer import CommandObserver
from transport.settings import Settings


class TracesNotInstalled(Refused):
    """Packages are missing, which whoever runs the server can install."""

    code = "not_installed"

    def __init__(self) -> None:
        super().__init__("FOGBOUND_TRACES needs OpenTelemetry: pip install 'fogbound[traces]'")


@asynccontextmanager
async def followers(settings: Settings, node: UUID) -> AsyncIterator[list[CommandObserver]]:
    """While the block runs. Raises TracesNotInstalled."""
    chosen: list[CommandObserver] = [CommandLog()] if settings.log_commands else []
    async with AsyncExitStack() as stack:
        if settings.traces:
            try:
                from transport.observability.traces import tracing
            except ImportError:
                raise TracesNotInstalled from None
            chosen.append(await stack.enter_async_context(tracing(settings.traces, node)))
        yield chosen
