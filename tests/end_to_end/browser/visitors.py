"""People with browsers of their own, cookies included."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.async_api import Browser, ConsoleMessage, Page

# The browser notes each refused call as an error, beginning with "who am I?" asked by nobody.
_USUAL = re.compile(r"status of 4\d\d")


@dataclass
class Visitors:
    """They go to the server at `url`. What goes wrong in any of their pages is collected in `troubles`."""

    browser: Browser
    url: str = ""
    troubles: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    async def somebody(self) -> Page:
        """A browser nobody has signed in with yet, on no page."""
        context = await self.browser.new_context(base_url=self.url, viewport={"width": 1280, "height": 800})
        page = await context.new_page()
        self.pages.append(page)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", self._note)
        return page

    async def at_home(self, name: str) -> Page:
        """Signed up by name on the start page."""
        page = await self.somebody()
        await page.goto("/")
        await page.get_by_label("Your name").fill(name)
        await page.get_by_role("button", name="Continue").click()
        return page

    async def by_link(self, link: str, name: str = "") -> Page:
        """At the table that an invite or sign-in link leads to."""
        page = await self.somebody()
        await page.goto(link)
        await page.get_by_label("Your name").fill(name)
        await page.get_by_role("button", name="Join").click()
        await page.get_by_text("Connected", exact=True).wait_for()
        return page

    async def leave(self) -> None:
        """Closes all their pages."""
        while self.pages:
            await self.pages.pop().context.close()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _USUAL.search(message.text):
            self.troubles.append(message.text)
