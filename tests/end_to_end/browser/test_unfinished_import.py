"""A map import that stopped halfway, as the DM's page tells it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.end_to_end.browser.actions import dm_and_player, knows, press
from tests.end_to_end.browser.conftest import TableMaker
from tests.end_to_end.browser.visitors import Visitors
from tests.end_to_end.unfinished_imports import half_an_import
from tests.transport.maps.map_files import a_map_file, as_bytes

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILE = a_map_file(6_000)


def payload(content: dict[str, Any]) -> FilePayload:
    return {"name": "map.json", "mimeType": "application/json", "buffer": as_bytes(content)}


async def choose(page: Page, content: dict[str, Any]) -> None:
    """By the button of the notice."""
    async with page.expect_file_chooser() as chooser:
        await press(page, "Finish")
    await (await chooser.value).set_files(payload(content))


async def test_it_is_told_and_finished(set_table: TableMaker, people: Visitors) -> None:
    """The DM's page tells it live, and after it was loaded anew; another file is refused, and players see nothing."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    notice = dm.get_by_text(re.compile("5,000 of 6,000 hexes came"))
    await half_an_import(table, FILE)
    await expect(notice).to_be_visible()
    await dm.reload()
    await expect(notice).to_be_visible()
    await choose(dm, {**FILE, "name": "Another"})
    await expect(dm.get_by_text("This is not the file of the unfinished import")).to_be_visible()
    await expect(notice).to_be_visible()
    await choose(dm, FILE)
    await expect(dm.get_by_text("The map is whole: 6,000 hexes.")).to_be_visible()
    await expect(notice).to_be_hidden()
    await knows(dm, "6,000 hexes")
    await expect(player.locator(".unfinished")).to_be_hidden()
    assert await player.evaluate("window.fogbound.client.state.imports") == []
    await knows(player, "0 hexes")


async def test_it_is_taken_back(set_table: TableMaker, people: Visitors) -> None:
    """It asks once more; then the map is as before, also without loading it anew."""
    table = await set_table()
    dm, player = await dm_and_player(people, table)
    await table.sockets["dm"].send("hex:update", changes=[{"key": "0,0", "terrain": "ice"}])
    await half_an_import(table, FILE)
    await expect(dm.get_by_text(re.compile("5,000 of 6,000 hexes came"))).to_be_visible()
    await press(dm, "Take back")
    await press(dm, "Cancel")
    await press(dm, "Take back")
    await dm.locator(".asking:visible").get_by_role("button", name="Take back").click()
    await expect(dm.get_by_text("Taken back: 5,000 hexes as before.")).to_be_visible()
    await expect(dm.get_by_text(re.compile("of 6,000 hexes came"))).to_be_hidden()
    await knows(dm, "1 hex")
    known = await dm.evaluate("[...window.fogbound.client.state.terrain]")
    await dm.reload()
    await knows(dm, "1 hex")
    assert json.dumps(known) == json.dumps([["0,0", "ice"]])
    await knows(player, "0 hexes")
