"""A real browser for tests: the Chromium that the machine has. Where there is none, they are skipped.

With TESTS_NEED_A_BROWSER in the environment they fail instead, so that nobody takes a skip for a success.
"""

from __future__ import annotations

import os
import shutil
import sys
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


MISSING = "no Chromium on this machine: install one (Debian: apt install chromium)"


def find_chromium() -> str | None:
    """The path of the browser."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def chromium_or_skip() -> str:
    """The path of the browser; skips the test when there is none, or fails it where one was promised."""
    path = find_chromium()
    if path is None and "TESTS_NEED_A_BROWSER" in os.environ:
        pytest.fail(MISSING)
    if path is None:
        pytest.skip(MISSING)
    return path


@asynccontextmanager
async def a_browser_or_exit() -> AsyncIterator[Browser]:
    """For programs that are no tests: exits with a word when the machine has none."""
    path = find_chromium()
    if path is None:
        sys.exit(MISSING)
    async with _launched(path) as browser:
        yield browser


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """Skips the test when the machine has none."""
    async with _launched(chromium_or_skip()) as browser:
        yield browser


@asynccontextmanager
async def _launched(path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=QUIET)
        try:
            yield browser
        finally:
            await browser.close()
