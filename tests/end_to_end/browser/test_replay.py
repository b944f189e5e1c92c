"""The replay page: a past evening in a real browser, from anyone's eyes, compared with what the server says of it."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Error, Page, Route, expect

from projections.viewer_state import ViewerState
from tests.end_to_end.browser.actions import press, sign_in_link
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.onlooker import Onlooker
from tests.end_to_end.browser.the_map import colours_at, fog_colour, looks, place_of, settled, state_of
from tests.end_to_end.browser.visitors import Visitors
from tests.end_to_end.peers import Table
from tests.transport.web.folded import known

pytestmark = pytest.mark.asyncio(loop_scope="session")

HEXES = {f"{q},{r}": terrain for q in range(40, 44) for r, terrain in enumerate(("forest", "water", "desert", "swamp"))}


@dataclass
class Evening:
    """A session that is over, in which Ada and Bo came to know different things; `events` are the ids of its events."""

    table: Table
    people: Visitors
    events: list[str]

    @property
    def address(self) -> str:
        return f"/replay/{self.table.campaign}"

    def user(self, name: str) -> str:
        return self.table.players[name].user_id

    async def page_of(self, name: str | None = None) -> Page:
        """The table's page of a player, or of the DM."""
        return await self.people.by_link(await sign_in_link(self.table, name))

    async def state(self, place: int, as_whom: str) -> dict[str, Any]:
        """What somebody knew after that many events of the session, as the server tells it, folded."""
        path = f"/api/campaigns/{self.table.campaign}/state?eventId={self.events[place - 1]}&as={as_whom}"
        return known(ViewerState.of(await self.table.dm.call("GET", path)))


async def an_evening(set_table: TableMaker, people: Visitors) -> Evening:
    table = await set_table("Ada", "Bo")
    evening = Evening(table, people, [])
    to_ada, to_bo = [{"playerIds": [evening.user(name)]} for name in ("Ada", "Bo")]
    socket = await table.dm.join(table.campaign)
    script: list[dict[str, Any]] = [
        {"type": "hex:update", "changes": [{"key": key, "terrain": terrain} for key, terrain in HEXES.items()]},
        {"type": "session:start"},
        {"type": "hex:reveal", "hexKeys": ["40,0", "40,1"], "targets": "all"},
        {"type": "hex:reveal", "hexKeys": ["41,0", "41,1"], "targets": to_ada},
        {"type": "hex:reveal", "hexKeys": ["42,0"], "targets": to_bo},
        {"type": "hex:update", "changes": [{"key": "41,0", "terrain": "dragon hoard"}]},
        {"type": "session:pause"},
        {"type": "broadcast:mode", "mode": "staged"},
        {"type": "hex:reveal", "hexKeys": ["43,0", "43,1"], "targets": "all"},
        {"type": "session:resume"},
        {"type": "broadcast:publish"},
        {"type": "session:end"},
    ]
    for n, command in enumerate(script):
        fields = {name: value for name, value in command.items() if name != "type"}
        await socket.send(command["type"], **fields, id=f"c{n}")
        evening.events.append((await socket.until("ack"))["eventId"])
    await socket.socket.close()
    return evening


async def open_replay(evening: Evening, page: Page) -> None:
    """From the table page, as people do."""
    await page.get_by_role("link", name="Replay").click()
    await ready(page)


async def ready(page: Page) -> None:
    await expect(page.locator(".ribbon")).to_contain_text("session 1")
    await settled(page)


async def go_to(page: Page, place: int) -> None:
    await page.evaluate("(place) => fogbound.playhead.goTo(place)", place)
    await at(page, place)


async def at(page: Page, place: int) -> None:
    await expect(page.locator(".moment")).to_have_text(re.compile(rf"event {place} of \d+$"))
    await settled(page)


async def is_in_sight(page: Page, key: str) -> bool:
    box = await page.locator(".map-canvas").first.bounding_box()
    assert box is not None
    x, y = await place_of(page, key)
    return box["x"] < x < box["x"] + box["width"] and box["y"] < y < box["y"] + box["height"]


async def shows(evening: Evening, page: Page, place: int, as_whom: str) -> None:
    """The page's state, and the dots of its map, are what the server says of that moment."""
    state = await evening.state(place, as_whom)
    assert await state_of(page) == state
    told = dict(state["terrain"])
    grounds, fog = await looks(page), await fog_colour(page)
    # Of what is unknown some lies beyond the edge: the map shows all there is, and no more.
    keys = [key for key in HEXES if key in told or await is_in_sight(page, key)]
    for key, colour in zip(keys, await colours_at(page, keys), strict=True):
        if as_whom == "dm" and key not in dict(state["reveals"]):
            continue  # veiled: a hatch over the ground
        one, other = grounds[told[key]] if key in told else (fog, fog)
        assert colour.is_between(one, other, most=6), (place, key)


async def test_what_did_player_two_know_when_the_session_was_paused(set_table: TableMaker, people: Visitors) -> None:
    """From the table to the replay, to the pause by a click on its line, through Bo's eyes: what the server says."""
    evening = await an_evening(set_table, people)
    page, bo = await evening.page_of(), evening.user("Bo")
    await open_replay(evening, page)
    await expect(page.get_by_text("Not live")).to_be_visible()
    await page.get_by_role("button", name="paused the session").click()
    await at(page, 7)
    await page.get_by_label("See as").select_option(label="Bo")
    await expect(page.locator(".view-caption").first).to_contain_text("Bo · Paused")
    await shows(evening, page, 7, bo)
    assert (await state_of(page))["revealed"] == ["40,0", "40,1", "42,0"]


async def test_a_line_that_is_being_pressed_is_not_drawn_anew(set_table: TableMaker, people: Visitors) -> None:
    """While the finger is down the replay moves on, as it does when it plays: the click counts all the same."""
    evening = await an_evening(set_table, people)
    page = await evening.page_of()
    await open_replay(evening, page)
    await page.get_by_role("button", name="paused the session").hover()
    await page.mouse.down()
    await go_to(page, 3)
    await page.mouse.up()
    await at(page, 7)


async def test_every_moment_looks_as_it_was(set_table: TableMaker, people: Visitors) -> None:
    """Forwards, backwards and by jumps, for the DM and both players: state and dots at five moments and more."""
    evening = await an_evening(set_table, people)
    page = await evening.page_of()
    ada, bo = evening.user("Ada"), evening.user("Bo")
    await open_replay(evening, page)
    for as_whom, label in (("dm", "The DM"), (ada, "Ada"), (bo, "Bo")):
        await page.get_by_label("See as").select_option(label=label)
        for place in (1, 4, 6, 12, 5, 11, 9):
            await go_to(page, place)
            await shows(evening, page, place, as_whom)


async def test_keys_step_and_jump(set_table: TableMaker, people: Visitors) -> None:
    """Arrows by event, brackets by mark, Home and End; the scrubber too, by key and by pointer."""
    evening = await an_evening(set_table, people)
    page = await evening.page_of()
    await open_replay(evening, page)
    await at(page, 0)
    for key, place in (
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("]", 2),
        ("]", 7),
        ("]", 10),
        ("]", 11),
        ("[", 10),
        ("End", 12),
        ("Home", 0),
        ("Shift+ArrowRight", 12),
        ("Shift+ArrowLeft", 0),
    ):
        await page.keyboard.press(key)
        await at(page, place)
    scrubber = page.get_by_label("Moment of the session")
    await scrubber.focus()
    await page.keyboard.press("ArrowRight")
    await at(page, 1)
    box = await scrubber.bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + box["width"] - 9, box["y"] + box["height"] / 2)
    await at(page, 12)
    await page.mouse.click(box["x"] + 9, box["y"] + box["height"] / 2)
    # The first event is there from the start.
    await at(page, 1)


async def test_space_plays_and_pauses(set_table: TableMaker, people: Visitors) -> None:
    """It goes on by itself to the end, stops there, and starts over; another press holds it."""
    evening = await an_evening(set_table, people)
    page = await evening.page_of()
    await open_replay(evening, page)
    await page.get_by_label("Speed").select_option("1")
    await page.locator("h1").click()
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    held = await page.evaluate("fogbound.playhead.seconds")
    await page.wait_for_timeout(150)
    assert await page.evaluate("fogbound.playhead.seconds") == held
    await page.get_by_label("Speed").select_option("64")
    await page.locator("h1").click()
    await page.keyboard.press("Space")
    await at(page, 12)
    await expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    await shows(evening, page, 12, "dm")


async def test_two_side_by_side(set_table: TableMaker, people: Visitors) -> None:
    """Ada's and Bo's maps at the same moment, each with what was told to each."""
    evening = await an_evening(set_table, people)
    page = await evening.page_of()
    await open_replay(evening, page)
    await page.get_by_label("See as").select_option(label="Ada")
    await page.get_by_label("Compare with").select_option(label="Bo")
    await go_to(page, 5)
    await expect(page.locator(".view-caption").last).to_contain_text("Bo · In session")
    revealed = "fogbound.views.map((view) => [...view.tape.state.revealed].sort())"
    assert await page.evaluate(revealed) == [["40,0", "40,1", "41,0", "41,1"], ["40,0", "40,1", "42,0"]]
    assert await page.locator(".view-caption").all_text_contents() == [
        "Ada · In session · at the table: Dee, Ada, and Bo",
        "Bo · In session · at the table: Dee, Ada, and Bo",
    ]
    await expect(page.locator(".rows li[data-told=false]")).to_have_count(3)


async def test_a_hex_tells_its_story(set_table: TableMaker, people: Visitors) -> None:
    """When it was set, revealed and changed, by what and to whom; a click on a line leads there."""
    evening = await an_evening(set_table, people)
    page = await evening.page_of()
    await open_replay(evening, page)
    await go_to(page, 12)
    await page.mouse.move(*await place_of(page, "41,0"))
    await expect(page.get_by_role("heading", name="Hex 41,0")).to_be_visible()
    lines = page.locator(".hex-story li")
    await expect(lines).to_have_text(
        [
            re.compile("Dee set 16 hexes to forest, water, desert and swamp .here: forest"),
            re.compile("Dee revealed 2 hexes to Ada .here: forest"),
            re.compile("Dee set 1 hex to dragon hoard .here: dragon hoard"),
        ]
    )
    await lines.nth(1).get_by_role("button").click()
    await at(page, 4)


async def test_a_link_leads_to_the_same_moment(set_table: TableMaker, people: Visitors) -> None:
    """With the same eyes for another DM or tab; a player who follows it gets the moment with the own eyes."""
    evening = await an_evening(set_table, people)
    page = await evening.page_of()
    await open_replay(evening, page)
    await page.get_by_label("See as").select_option(label="Bo")
    await go_to(page, 7)
    await press(page, "Copy link to this moment")
    link = await page.get_by_label("Link to this moment").input_value()
    assert urlsplit(link).path == evening.address
    other = await page.context.new_page()
    await other.goto(link)
    await ready(other)
    await at(other, 7)
    assert await state_of(other) == await evening.state(7, evening.user("Bo"))
    await other.reload()
    await at(other, 7)
    ada = await evening.page_of("Ada")
    await ada.goto(link)
    await ready(ada)
    await settled(ada)
    assert await state_of(ada) == await evening.state(7, evening.user("Ada"))


async def test_the_address_stays_while_its_moment_is_read(set_table: TableMaker, people: Visitors) -> None:
    """Whoever loses patience and loads the page anew still comes to it."""
    evening = await an_evening(set_table, people)
    page = await evening.page_of()
    link = f"{evening.address}#session=1&event={evening.events[6]}"
    went_on = asyncio.Event()

    async def hold_back(route: Route) -> None:
        await went_on.wait()
        with suppress(Error):
            await route.continue_()  # which fails for the page that is gone

    await page.route("**/timeline*", hold_back)
    await page.goto(link)
    await expect(page.get_by_label("See as")).to_be_visible()
    await page.wait_for_timeout(1_000)
    assert page.url.endswith(link)
    await page.reload()
    went_on.set()
    await ready(page)
    await at(page, 7)


async def test_a_player_looks_back_with_the_own_eyes_only(set_table: TableMaker, people: Visitors) -> None:
    """No other eyes are offered, and nothing that was hidden reaches the browser: it is searched for it."""
    evening = await an_evening(set_table, people)
    page = await evening.page_of("Bo")
    onlooker = Onlooker.of(page)
    await page.goto("about:blank")
    await page.goto(evening.address)
    await ready(page)
    assert await page.get_by_label("See as").count() == 0
    for place in range(1, await page.evaluate("fogbound.playhead.isAtEnd || 99")):
        await page.keyboard.press("ArrowRight")
        if await page.evaluate("fogbound.playhead.isAtEnd"):
            break
        assert place < 20
    await settled(page)
    assert (await state_of(page))["revealed"] == ["40,0", "40,1", "42,0", "43,0", "43,1"]
    assert await onlooker.finds(['"41,0"', '"41,1"', "dragon hoard", '"43,2"']) == ([], [])
    assert '"42,0"' in await onlooker.traffic()


async def test_a_player_catches_up(set_table: TableMaker, people: Visitors) -> None:
    """Who was away for a while is led to where it went on without them."""
    evening = await an_evening(set_table, people)
    page = await evening.page_of("Ada")
    await page.goto("about:blank")
    lines = await page.context.request.get(
        f"{evening.table.url}/api/campaigns/{evening.table.campaign}/sessions/1/timeline"
    )
    moment = (await lines.text()).splitlines()[3]
    left = await page.evaluate("(line) => Date.parse(JSON.parse(line).recordedAt)", moment)
    await page.add_init_script(
        f"localStorage.setItem('fogbound.visit.{evening.table.campaign}', JSON.stringify({{ before: {left} }}))"
    )
    await page.goto(f"/table/{evening.table.campaign}")
    await page.get_by_role("link", name="Replay").click()
    await ready(page)
    await at(page, 3)
    await expect(page.get_by_text("have happened since you left")).to_be_visible()


async def test_a_campaign_without_a_past(set_table: TableMaker, people: Visitors) -> None:
    """Is told so, in words."""
    table = await set_table()
    page = await people.by_link(await sign_in_link(table))
    await page.get_by_role("link", name="Replay").click()
    await expect(page.get_by_role("alert")).to_contain_text("Nothing has happened")
