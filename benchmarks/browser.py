"""A browser for measurements."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """The machine's Chromium without a window. Exits when there is none."""
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if path is None:
        sys.exit("no Chromium on this machine: install one (Debian: apt install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path)
        try:
            yield browser
        finally:
            await browser.close()
