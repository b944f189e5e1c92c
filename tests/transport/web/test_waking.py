from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.transport.web.peer import PATIENCE, Peer

pytestmark = pytest.mark.asyncio(loop_scope="session")

WATCH = """async () => {
    const { watchWaking } = await import("/static/table/waking.js");
    window.woken = 0;
    watchWaking(() => { window.woken += 1; });
    window.become = (state) => {
        Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    };
}"""
CONNECT = """async () => {
    const { ProtocolClient } = await import("/static/client/protocol-client.js");
    window.client = new ProtocolClient("a-campaign", { random: () => 1 });
    client.connect();
}"""


async def test_only_a_long_absence_counts(blank: Page) -> None:
    """Looking away for a moment changes nothing; after more than a minute the page wakes, once."""
    await blank.clock.install()
    await blank.evaluate(WATCH)
    for seconds, woken in ((30, 0), (59, 0), (61, 1), (5, 1), (3_600, 2)):
        await blank.evaluate("become('hidden')")
        await blank.clock.fast_forward(seconds * 1000)
        await blank.evaluate("become('visible')")
        assert await blank.evaluate("woken") == woken, seconds


async def test_a_new_line_is_taken_at_once(blank: Page, peer: Peer) -> None:
    """Who gives the old line up and connects does not wait for the usual pause, and goes on where it was."""
    await blank.evaluate(CONNECT)
    first = await peer.visit()
    await first.welcome()
    await first.say({"type": "session:statusChanged", "status": "active", "sessionId": "s", "eventId": "e1"})
    await blank.wait_for_function("client.state.status === 'active'", timeout=PATIENCE * 1000)
    at_once = await blank.evaluate("""() => {
        const states = [];
        client.reconnect();
        states.push(client.connection.phase);
        client.connect();
        return states;
    }""")
    assert at_once == ["reconnecting"]
    second = await peer.visit()
    assert second.last_event_id == "e1"
    await second.welcome(resumed=True)
    await blank.wait_for_function("client.connection.phase === 'live'", timeout=PATIENCE * 1000)
    await peer.stays_away(1.2)
