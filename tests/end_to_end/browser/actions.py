"""What people do with the pages, as the tests say it."""

from __future__ import annotations

import asyncio
import re
import time

from playwright.async_api import Page, expect

from domain.ids import CampaignId, UserId
from projections.people import Role
from tests.end_to_end.browser.visitors import Visitors
from tests.end_to_end.peers import PATIENCE, Table
from transport.accounts import OPERATOR, Directory
from transport.accounts.tokens import join_link
from transport.database import connection_pool
from transport.http.access import parse_id


async def sign_in_link(table: Table, player: str | None = None) -> str:
    """The DM's own, as `fogbound play` prints it, or that of a player by name."""
    campaign = parse_id(table.campaign)
    assert campaign is not None
    person = table.dm if player is None else table.players[player]
    role: Role = "dm" if player is None else "player"
    async with connection_pool(table.database) as pool:
        made = await Directory(pool).create_invite(
            CampaignId(campaign), role, expires_in_hours=1, person=UserId(person.user_id), by=OPERATOR
        )
    return join_link(table.url, made.token)


async def invite_link(table: Table, role: str = "player") -> str:
    made = await table.dm.call("POST", f"/api/campaigns/{table.campaign}/invites", {"role": role}, expect=201)
    return str(made["link"])


async def dm_and_player(people: Visitors, table: Table) -> tuple[Page, Page]:
    """The DM of the table, and Ada, who is new."""
    dm = await people.by_link(await sign_in_link(table))
    return dm, await people.by_link(await invite_link(table), "Ada")


async def press(page: Page, button: str) -> None:
    """The button with exactly these words."""
    await page.get_by_role("button", name=button, exact=True).click()


async def panel(page: Page, name: str) -> None:
    """Opens one of the DM's panels: Play, People, Map."""
    await page.get_by_role("tab", name=name, exact=True).click()


async def make_invite(page: Page) -> str:
    """A link for players, made on the DM's page, which shows Play again afterwards."""
    await panel(page, "People")
    await press(page, "Make invite link")
    link = page.get_by_label("Invite link", exact=True)
    await expect(link).to_have_value(re.compile("/join#."))
    await panel(page, "Play")
    return await link.input_value()


async def set_terrain(page: Page, keys: str, terrain: str) -> None:
    """Fills the form in and sends it."""
    await page.get_by_label("Hex keys").fill(keys)
    await page.get_by_label("Terrain", exact=True).fill(terrain)
    await press(page, "Set terrain")


async def reveal(page: Page, keys: str) -> None:
    """Resolves when the server has acknowledged it."""
    await page.get_by_label("Hex keys").fill(keys)
    await page.get_by_role("button", name=re.compile("^(Stage reveal|Reveal chosen)$")).click()
    await expect(page.get_by_label("Hex keys")).to_have_value("")


async def knows(page: Page, hexes: str) -> None:
    """Waits until the map holds as many hexes ("1 hex", "2 hexes")."""
    await expect(page.locator(".hex-line")).to_have_text(f"{hexes} known")


async def note_when_restored(page: Page) -> None:
    """To be called while the line is dead: what the page then says of the new connection goes away after a moment."""
    await page.evaluate("""() => {
        const notice = document.querySelector(".notice.restored");
        window.saidWhenRestored = [];
        const note = () => notice.hidden || window.saidWhenRestored.push(notice.textContent);
        new MutationObserver(note).observe(notice, { attributes: true, attributeFilter: ["hidden"] });
    }""")


async def was_told_when_restored(page: Page, words: str) -> None:
    """Waits until the page has said it, be it that it does no longer; needs `note_when_restored` before."""
    deadline = time.monotonic() + PATIENCE
    while not any(words in said for said in await page.evaluate("saidWhenRestored")):
        assert time.monotonic() < deadline, (words, await page.evaluate("saidWhenRestored"))
        await asyncio.sleep(0.1)
