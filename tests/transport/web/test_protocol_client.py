from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.transport.web.peer import CONNECTED, DEE, PATIENCE, STATE, Peer

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Without the shortest backoff each reconnect would take the test half a second; that it is kept is tested apart.
CONNECT = """async () => {
    const { ProtocolClient } = await import("/static/client/protocol-client.js");
    window.client = new ProtocolClient("a-campaign", { random: () => 0 });
    window.answers = [];
    window.give = (command) => client.send(command).then(
        (eventId) => answers.push({ eventId }),
        ({ code, message }) => answers.push({ code, message }),
    );
    client.connect();
}"""
PAUSE = {"type": "session:pause"}
STARTED = {"type": "session:statusChanged", "status": "active", "sessionId": "s", "eventId": "e1"}


@pytest_asyncio.fixture(loop_scope="session")
async def page(blank: Page) -> Page:
    """A page with a connecting client as `client`; `give(command)` collects what becomes of it in `answers`."""
    await blank.evaluate(CONNECT)
    return blank


async def give(page: Page, *commands: dict[str, Any]) -> None:
    await page.evaluate("(commands) => { commands.forEach(give) }", list(commands))


async def answers(page: Page, number: int) -> list[dict[str, str]]:
    """The first answers, once there are so many."""
    await page.wait_for_function("(number) => answers.length >= number", arg=number, timeout=PATIENCE * 1000)
    got: list[dict[str, str]] = await page.evaluate("answers")
    return got


async def phase(page: Page, wanted: str) -> dict[str, Any]:
    """The connection, once it is in the wanted phase."""
    script = "(wanted) => client.connection.phase === wanted"
    await page.wait_for_function(script, arg=wanted, timeout=PATIENCE * 1000)
    connection: dict[str, Any] = await page.evaluate("client.connection")
    return connection


async def test_it_folds_and_resumes_where_it_was(page: Page, peer: Peer) -> None:
    """After a break it asks for what came after the last event it saw, and goes on from what it knew."""
    first = await peer.visit()
    assert first.last_event_id is None
    await first.welcome()
    await first.say(STARTED)
    await page.wait_for_function("client.state.status === 'active'")
    await first.close(1001, "server shutdown")
    assert (await phase(page, "reconnecting"))["phase"] == "reconnecting"
    second = await peer.visit()
    assert second.last_event_id == "e1"
    await second.welcome(resumed=True)
    await phase(page, "live")
    assert await page.evaluate("client.state.status") == "active"


async def test_a_fresh_state_is_no_place_to_resume_from(page: Page, peer: Peer) -> None:
    """Who was shown everything anew does not ask for what came after an event from before."""
    visit = await peer.visit()
    await visit.welcome()
    await visit.say(STARTED, {**STATE, "status": "ended"})
    await page.wait_for_function("client.state.status === 'ended'")
    await visit.close(1001)
    assert (await peer.visit()).last_event_id is None


async def test_a_state_says_where_to_resume(page: Page, peer: Peer) -> None:
    """At a quiet table nothing else does."""
    visit = await peer.visit()
    await visit.welcome()
    await visit.say({**STATE, "status": "ended", "eventId": "e7"})
    await page.wait_for_function("client.state.status === 'ended'")
    await visit.close(1001)
    assert (await peer.visit()).last_event_id == "e7"


async def test_an_undo_by_place_names_the_list_that_is_known(page: Page, peer: Peer) -> None:
    """As the Python client does."""
    visit = await peer.visit()
    await visit.welcome()
    await visit.say({"type": "staged:changes", "changes": [], "eventId": "e1"}, STARTED)
    await page.wait_for_function("client.state.status === 'active'")
    undo = {"type": "staged:undo", "index": 0}
    await give(page, undo, {**undo, "listId": "e0"}, {"type": "staged:undo", "changeId": "c"})
    assert [(await visit.next()).get("listId") for _ in range(3)] == ["e1", "e0", None]


async def test_commands_have_ids_and_resolve_by_their_acks(page: Page, peer: Peer) -> None:
    """Each command gets an id of its own and the event id of its own answer."""
    visit = await peer.visit()
    await visit.welcome()
    await phase(page, "live")
    await give(page, PAUSE, {"type": "hex:reveal", "hexKeys": ["1,2"], "targets": "all"})
    one, two = await visit.next(), await visit.next()
    assert one == {**PAUSE, "id": one["id"]}
    assert two == {"type": "hex:reveal", "hexKeys": ["1,2"], "targets": "all", "mode": "immediate", "id": two["id"]}
    assert len({one["id"], two["id"], ""}) == 3
    await visit.ack(two, "second")
    await visit.ack(one, "first")
    assert await answers(page, 2) == [{"eventId": "second"}, {"eventId": "first"}]


async def test_an_ack_is_no_place_to_resume_from(page: Page, peer: Peer) -> None:
    """The answer to a command given again names an event from long ago: what came since must not be replayed."""
    visit = await peer.visit()
    await visit.welcome()
    await visit.say(STARTED)
    await give(page, PAUSE)
    await visit.ack(await visit.next(), "long ago")
    await answers(page, 1)
    await visit.close(1001)
    assert (await peer.visit()).last_event_id == "e1"


async def test_what_was_not_answered_is_sent_again_in_order(page: Page, peer: Peer) -> None:
    """A command outlives its connection: the same id, the same order, and only what is still open."""
    first = await peer.visit()
    await first.welcome()
    await phase(page, "live")
    await give(page, PAUSE, {"type": "session:resume"}, {"type": "session:end"})
    sent = [await first.next() for _ in range(3)]
    await first.ack(sent[1], "resumed")
    await answers(page, 1)
    await first.close(1001)
    second = await peer.visit()
    await second.welcome()
    assert [await second.next() for _ in range(2)] == [sent[0], sent[2]]


async def test_what_is_given_meanwhile_waits_for_the_connection(page: Page, peer: Peer) -> None:
    """Nothing is sent before the server has let the viewer in."""
    visit = await peer.visit()
    await give(page, PAUSE)
    assert await page.evaluate("client.unanswered") == 1
    assert visit.heard.empty()
    await visit.welcome()
    assert (await visit.next())["type"] == "session:pause"


async def test_a_refusal_rejects_its_command_alone(page: Page, peer: Peer) -> None:
    """The error with the id of a command is the answer to that one, with code and message."""
    visit = await peer.visit()
    await visit.welcome()
    await phase(page, "live")
    await give(page, PAUSE, {"type": "session:end"})
    first, second = await visit.next(), await visit.next()
    refusal = {"type": "error", "code": "not_active", "message": "No active session to pause"}
    await visit.say({**refusal, "id": first["id"]})
    await visit.ack(second, "ended")
    assert await answers(page, 2) == [
        {"code": "not_active", "message": "No active session to pause"},
        {"eventId": "ended"},
    ]


async def test_an_unreachable_store_is_tried_again_with_the_same_id(page: Page, peer: Peer) -> None:
    """Nothing was recorded, so the command is given again until it is; meanwhile the reason can be read."""
    visit = await peer.visit()
    await visit.welcome()
    await phase(page, "live")
    await give(page, PAUSE)
    command = await visit.next()
    await visit.say({"type": "error", "code": "unavailable", "message": "No store", "id": command["id"]})
    await page.wait_for_function("client.connection.reason === 'No store'")
    assert await visit.next() == command
    await visit.ack(command, "paused")
    assert await answers(page, 1) == [{"eventId": "paused"}]
    assert await page.evaluate("client.connection") == {"phase": "live", "reason": ""}


@pytest.mark.parametrize("code", [4001, 4002, 4003, 4009, 4999])
async def test_a_final_code_ends_it(page: Page, peer: Peer, code: int) -> None:
    """After these codes, and unknown ones, it stays away, says why, and refuses what waited and what comes."""
    visit = await peer.visit()
    await give(page, PAUSE)
    await visit.close(code, "not for you")
    assert await phase(page, "closed") == {"phase": "closed", "code": code, "reason": "not for you"}
    await give(page, PAUSE)
    assert await answers(page, 2) == [{"code": "closed", "message": "not for you"}] * 2
    await peer.stays_away(0.7)


@pytest.mark.parametrize("code", [1000, 1001, 1013, 4008])
async def test_every_other_code_is_worth_another_try(page: Page, peer: Peer, code: int) -> None:
    """1xxx and 4008 mean: come back."""
    await (await peer.visit()).close(code)
    await (await peer.visit()).welcome()
    await phase(page, "live")


async def test_a_frame_over_the_limit_is_not_sent_again(page: Page, peer: Peer) -> None:
    """The largest of the open commands is given up, and the others go on."""
    visit = await peer.visit()
    await visit.welcome()
    await phase(page, "live")
    await give(page, PAUSE, {"type": "hex:reveal", "hexKeys": ["1,2"] * 50, "targets": "all"})
    small, _ = await visit.next(), await visit.next()
    await visit.close(1009)
    again = await peer.visit()
    await again.welcome()
    assert (await answers(page, 1))[0]["code"] == "too_large"
    assert await again.next() == small
    await again.ack(small, "paused")
    assert (await answers(page, 2))[1] == {"eventId": "paused"}


async def test_a_silent_connection_is_given_up(page: Page, peer: Peer) -> None:
    """When an answer stays out the line may be dead without having noticed: a new one is tried."""
    await page.clock.install()
    visit = await peer.visit()
    await visit.welcome()
    await phase(page, "live")
    await give(page, PAUSE)
    command = await visit.next()
    await page.clock.run_for(16_000)
    again = await peer.visit()
    await again.welcome()
    assert await again.next() == command


async def test_a_busy_dm_finds_a_dead_line_as_soon(page: Page, peer: Peer) -> None:
    """The oldest command that has no answer decides: new ones do not prolong it, and all are sent again in order."""
    await page.clock.install()
    visit = await peer.visit()
    await visit.welcome()
    await phase(page, "live")
    await give(page, PAUSE)
    await page.clock.run_for(10_000)
    await give(page, {"type": "session:resume"})
    await page.clock.run_for(6_000)
    again = await peer.visit()
    await again.welcome()
    assert [(await again.next())["type"] for _ in range(2)] == ["session:pause", "session:resume"]


async def test_a_line_without_a_word_is_given_up(page: Page, peer: Peer) -> None:
    """A player gives no commands: that the line is dead shows in that not even a tick comes any more."""
    await page.clock.install()
    visit = await peer.visit()
    await visit.welcome()
    await phase(page, "live")
    await page.clock.run_for(40_000)
    await visit.say({"type": "tick"}, STARTED)
    await page.wait_for_function("client.state.status === 'active'")
    await page.clock.run_for(44_000)
    assert (await phase(page, "live"))["phase"] == "live"
    await page.clock.run_for(2_000)
    again = await peer.visit()
    assert again.last_event_id == "e1"


async def test_a_state_may_take_its_time(page: Page, peer: Peer) -> None:
    """Behind it nothing else can come: on a slow line that of a large map is no silence."""
    await page.clock.install()
    visit = await peer.visit()
    await visit.say(CONNECTED)
    await phase(page, "live")
    await page.clock.run_for(200_000)
    await visit.say({**STATE, "status": "active"})
    await page.wait_for_function("client.state.status === 'active'")


async def test_nothing_overtakes_what_could_not_be_stored(page: Page, peer: Peer) -> None:
    """A reveal that the store did not take goes out again before the publish that was given meanwhile."""
    visit = await peer.visit()
    await visit.welcome()
    await phase(page, "live")
    reveal = {"type": "hex:reveal", "hexKeys": ["1,2"], "targets": "all"}
    await give(page, reveal, PAUSE)
    first, second = await visit.next(), await visit.next()
    unavailable = {"type": "error", "code": "unavailable", "message": "No store"}
    await visit.say({**unavailable, "id": first["id"]})
    await page.wait_for_function("client.connection.reason === 'No store'")
    await give(page, {"type": "broadcast:publish"})
    await visit.say({**unavailable, "id": second["id"]})
    again = [await visit.next() for _ in range(3)]
    assert again[:2] == [first, second]
    assert again[2]["type"] == "broadcast:publish"


async def test_a_change_of_hexes_names_the_mode_that_is_known(page: Page, peer: Peer) -> None:
    """As the Python client does; a stroke brings the one in which it was begun."""
    visit = await peer.visit()
    await visit.welcome()
    await visit.say({"type": "dm:preparing", "preparing": True, "eventId": "e1"})
    await page.wait_for_function("client.state.mode === 'staged'")
    reveal = {"type": "hex:reveal", "hexKeys": ["1,2"], "targets": "all"}
    await give(page, reveal, {**reveal, "mode": "immediate"}, PAUSE)
    assert [(await visit.next()).get("mode") for _ in range(3)] == ["staged", "immediate", None]


async def test_the_mode_that_one_asked_for_counts_at_once(page: Page, peer: Peer) -> None:
    """Who changes the mode and goes on without waiting for the answer means the new one."""
    visit = await peer.visit()
    await visit.welcome()
    await phase(page, "live")
    reveal = {"type": "hex:reveal", "hexKeys": ["1,2"], "targets": "all"}
    await give(page, {"type": "broadcast:mode", "mode": "staged"}, reveal)
    asked = await visit.next()
    assert (await visit.next())["mode"] == "staged"
    await visit.say({"type": "error", "code": "quota_exceeded", "message": "too much", "id": asked["id"]})
    await answers(page, 1)
    await give(page, reveal)
    assert (await visit.next())["mode"] == "immediate"


async def test_a_new_role_sends_nothing_twice(page: Page, peer: Peer) -> None:
    """`connected` comes again on the same connection; what waits for its answer goes on waiting."""
    visit = await peer.visit()
    await visit.welcome()
    await phase(page, "live")
    await give(page, PAUSE)
    command = await visit.next()
    await visit.say({**CONNECTED, "role": "player"})
    await page.wait_for_function("client.me.role === 'player'")
    await give(page, {"type": "session:end"})
    await visit.say(STATE)
    assert (await visit.next())["type"] == "session:end"
    await visit.ack(command, "paused")
    assert await answers(page, 1) == [{"eventId": "paused"}]


async def test_a_promotion_counts_at_once(page: Page, peer: Peer) -> None:
    """A role can change while the connection stands, and is the one that the newest list of people says."""
    visit = await peer.visit()
    await visit.welcome()
    await phase(page, "live")
    assert await page.evaluate("client.role") == "dm"
    await visit.say({"type": "player:presence", "players": [{**DEE, "role": "player"}]})
    await page.wait_for_function("client.role === 'player'")


async def test_leaving_is_for_good(page: Page, peer: Peer) -> None:
    """After close() the socket is closed and no other is opened."""
    visit = await peer.visit()
    await visit.welcome()
    await phase(page, "live")
    await page.evaluate("client.close()")
    await visit.gone()
    await peer.stays_away(0.7)


async def test_the_waits_grow_from_half_a_second_to_thirty(modules: Page) -> None:
    """Each wait is up to twice as long as the one before, never outside the limits, and chance spreads it."""
    script = """async () => {
        const { backoff } = await import("/static/client/backoff.js");
        return [0, 0.999999].map((chance) => Array.from({ length: 12 }, (_, i) => backoff(i, () => chance)));
    }"""
    shortest, longest = await modules.evaluate(script)
    assert shortest[:6] == [0.5, 1, 2, 4, 8, 15]
    assert longest[:5] == pytest.approx([1, 2, 4, 8, 16], rel=1e-3)
    assert set(shortest[5:]) == {15}
    assert max(longest) <= 30
