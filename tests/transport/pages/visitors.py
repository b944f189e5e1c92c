"""People with browsers of their own, cookies included."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, ConsoleMessage, Page

from tests.transport.pages.chromium import a_browser

# The browser notes each refused call as an error, beginning with "who am I?" asked by nobody.
_USUAL = re.compile(r"status of 4\d\d")


@dataclass
class Visitors:
    """What goes wrong in any of their pages is collected in `troubles`."""

    url: str
    browser: Browser
    troubles: list[str] = field(default_factory=list)

    async def somebody(self, *, width: int = 1280, height: int = 800) -> Page:
        """A browser nobody has signed in with yet, on no page."""
        page = await self.browser.new_page(
            base_url=self.url, viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", self._note)
        return page

    async def at_home(self, name: str) -> Page:
        """Signed up by name on the start page."""
        page = await self.somebody()
        await page.goto("/")
        await page.get_by_label("Your name").fill(name)
        await page.get_by_role("button", name="Come in").click()
        return page

    async def by_link(self, link: str, name: str = "") -> Page:
        """At the table that an invite or sign-in link leads to."""
        page = await self.somebody()
        await page.goto(link)
        await page.get_by_label("Your name").fill(name)
        await page.get_by_role("button", name="Join").click()
        await page.get_by_text("Connected", exact=True).wait_for()
        return page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _USUAL.search(message.text):
            self.troubles.append(message.text)


@asynccontextmanager
async def visitors(url: str) -> AsyncIterator[Visitors]:
    """Skips the test when the machine has no browser; fails it when a page complained."""
    async with a_browser() as browser:
        people = Visitors(url, browser)
        yield people
        assert people.troubles == []
