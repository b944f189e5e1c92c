"""The line that tells how the connection is."""

from __future__ import annotations

import pytest
import pytest_asyncio
from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAKE = """async () => {
    const { makeConnectionNotice } = await import("/static/table/connection-notice.js");
    window.client = { connection: { phase: "live", reason: "" }, unanswered: 0, isResumed: true };
    window.made = makeConnectionNotice(() => made.update(client));
    window.become = (phase, more = {}) => {
        Object.assign(client, more, { connection: { phase, reason: more.reason ?? "", code: more.code } });
        made.update(client);
    };
    document.body.append(made.brief, made.notice, made.restored);
}"""
SHOWN = """() => ({
    notice: made.notice.hidden ? "" : made.notice.textContent,
    firmness: Number(made.notice.dataset.firmness),
    restored: made.restored.hidden ? "" : made.restored.textContent,
    isStale: made.isStale(),
    brief: made.brief.textContent,
})"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(blank: Page) -> Page:
    """A page with a notice as `made`, and `become(phase)`; its clock is the test's."""
    await blank.clock.install()
    await blank.evaluate(MAKE)
    return blank


async def test_a_short_break_is_nobodys_concern(page: Page) -> None:
    """Under a second nothing is said, and nothing is locked."""
    await page.evaluate("become('reconnecting')")
    await page.clock.run_for(800)
    await page.evaluate("become('live')")
    await page.clock.run_for(5_000)
    shown = await page.evaluate(SHOWN)
    assert (shown["notice"], shown["restored"], shown["isStale"]) == ("", "", False)


async def test_the_line_grows_firmer_with_time(page: Page) -> None:
    """After one second, ten and sixty it says more, without being asked."""
    await page.evaluate("become('reconnecting')")
    said = []
    for milliseconds in (1_100, 9_000, 50_000):
        await page.clock.run_for(milliseconds)
        shown = await page.evaluate(SHOWN)
        said.append((shown["firmness"], shown["notice"]))
        assert shown["isStale"]
    assert [firmness for firmness, _ in said] == [1, 2, 3]
    assert [text.split(".")[0] for _, text in said] == [
        "Connection lost",
        "Still no connection",
        "No connection for over a minute",
    ]


async def test_it_says_when_all_is_well_again(page: Page) -> None:
    """Whether anything was missed is said too, and goes away by itself."""
    for is_resumed, words in (("true", "You missed nothing."), ("false", "loaded anew")):
        await page.evaluate("become('reconnecting')")
        await page.clock.run_for(2_000)
        await page.evaluate(f"become('live', {{ isResumed: {is_resumed} }})")
        shown = await page.evaluate(SHOWN)
        assert words in shown["restored"]
        assert (shown["notice"], shown["isStale"]) == ("", False)
        await page.clock.run_for(5_000)
        assert (await page.evaluate(SHOWN))["restored"] == ""


async def test_who_is_offline_is_told_so(page: Page) -> None:
    """When the device itself has no network the server is not blamed."""
    await page.context.set_offline(True)
    await page.evaluate("become('reconnecting')")
    await page.clock.run_for(1_100)
    shown = await page.evaluate(SHOWN)
    assert (shown["notice"], shown["brief"]) == ("This device is offline.", "Offline")
    await page.context.set_offline(False)


@pytest.mark.parametrize(
    ("code", "words"), [(4001, "not signed in"), (4002, "no campaign"), (4003, "not a member"), (4009, "other tabs")]
)
async def test_a_final_code_is_said_in_plain_words(page: Page, code: int, words: str) -> None:
    """With the way out beside it."""
    await page.evaluate(f"become('closed', {{ code: {code}, reason: 'final' }})")
    shown = await page.evaluate(SHOWN)
    assert words in shown["notice"]
    assert await page.locator(".notice a").get_attribute("href") == "/"


async def test_what_waits_for_an_answer_is_counted(page: Page) -> None:
    """Commands that were given on a line that died are not forgotten, and it is said so."""
    await page.evaluate("become('reconnecting', { unanswered: 2 })")
    await page.clock.run_for(1_100)
    assert (await page.evaluate(SHOWN))["brief"] == "2 actions wait for the server"
