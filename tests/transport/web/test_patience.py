"""The page gives dead lines up at the same moments as the Python client."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Page

from tests.transport.client.patience_examples import EXAMPLES

pytestmark = pytest.mark.asyncio(loop_scope="session")

BEGIN = """async () => {
    const { Patience } = await import("/static/client/patience.js");
    window.begin = () => { window.givenUp = 0; window.patience = new Patience(() => { window.givenUp += 1; }); };
}"""
STEP = """([what, ...more]) => {
    if (what === "awaits") patience.awaits(...more);
    else patience.heard(what === "heard before a state");
}"""


async def test_it_ends_when_it_should(blank: Page) -> None:
    """Not a moment before the time that each example names, and then at once."""
    await blank.clock.install(time=datetime(2026, 3, 1, tzinfo=UTC))
    await blank.clock.pause_at(datetime(2026, 3, 2, tzinfo=UTC))  # else the real time counts too
    await blank.evaluate(BEGIN)
    for example in EXAMPLES:
        await blank.evaluate("begin()")
        await _live_through(blank, example)


async def _live_through(page: Page, example: dict[str, Any]) -> None:
    now = 0
    for at, *step in example["steps"]:
        await page.clock.run_for((at - now) * 1000)
        now = at
        await page.evaluate(STEP, step)
    await page.clock.run_for((example["ends"] - now) * 1000 - 1)
    assert await page.evaluate("givenUp") == 0, example["promise"]
    await page.clock.run_for(1)
    assert await page.evaluate("givenUp") == 1, example["promise"]
    await page.evaluate("patience.end()")
