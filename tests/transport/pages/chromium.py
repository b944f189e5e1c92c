"""A real browser for tests: the Chromium that the machine has. Where there is none, they are skipped."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A browser of its own accord calls home; a test must not.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def chromium_or_skip() -> str:
    """The path of the browser; skips the test when there is none."""
    for program in PROGRAMS:
        if (path := shutil.which(program)) is not None:
            return path
    pytest.skip("no Chromium on this machine: install one (Debian: apt install chromium) to run browser tests")


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """Skips the test when the machine has none."""
    path = chromium_or_skip()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=QUIET)
        try:
            yield browser
        finally:
            await browser.close()
