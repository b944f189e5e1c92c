"""The framework's WebSocket, except that it waits for a pong until the ping can have arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web
from typing_extensions import override


class TableSocket(web.WebSocketResponse):
    """Before a ping there may lie the state of a large map, for which a slow line takes minutes."""

    seconds_to_arrive: Callable[[], float] = staticmethod(lambda: 0.0)
    """How long what was written may be on its way yet."""

    @override
    def _pong_not_received(self) -> None:
        # The framework has no setting for it; tests/end_to_end/test_slow_lines.py tells when this is called no more.
        seconds = self.seconds_to_arrive()
        if seconds > 0:
            loop = asyncio.get_running_loop()
            self._pong_response_cb = loop.call_later(seconds, self._pong_not_received)
        else:
            super()._pong_not_received()
