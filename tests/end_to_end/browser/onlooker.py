"""Everything that a browser was sent and holds, to be searched for what it must not know."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from playwright.async_api import Error, Page, Response, WebSocket


@dataclass
class Onlooker:
    """Watches one page from its first call on."""

    page: Page
    texts: list[str] = field(default_factory=list)
    _reading: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    def of(cls, page: Page) -> Onlooker:
        onlooker = cls(page)
        page.on("websocket", onlooker._watch)
        page.on("response", onlooker._note)
        return onlooker

    async def traffic(self) -> str:
        """All frames and bodies so far."""
        await asyncio.gather(*self._reading)
        return "\n".join(self.texts)

    async def memory(self) -> str:
        """The page's heap, as its own debugger writes it down: all strings and properties."""
        session = await self.page.context.new_cdp_session(self.page)
        chunks: list[str] = []
        session.on("HeapProfiler.addHeapSnapshotChunk", lambda event: chunks.append(event["chunk"]))
        await session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
        await session.detach()
        return "".join(chunks)

    async def finds(self, words: Iterable[str]) -> tuple[list[str], list[str]]:
        """Those of the words that it was sent, and those that it holds."""
        wanted, traffic, memory = list(words), await self.traffic(), await self.memory()
        return [word for word in wanted if word in traffic], [word for word in wanted if word in memory]

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.texts.append(str(frame)))

    def _note(self, response: Response) -> None:
        task = asyncio.create_task(self._read(response))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read(self, response: Response) -> None:
        # A body may be gone with its page, and an upgrade has none.
        with suppress(Error):
            self.texts.append(await response.text())
